"""wheel.py REPOSITORY DIST: is all that derive needs in the wheel and in the sdist, and nothing else in the wheel?"""

import sys
import tarfile
import zipfile
from pathlib import Path

repository, dist = map(Path, sys.argv[1:])
(wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
with tarfile.open(sdist) as archive:
    in_sdist = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}


def files(folder: str) -> set[str]:
    return {path.relative_to(repository).as_posix() for path in (repository / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts}


package, templates = files("derive"), files("templates")
expected = package | {"derive/" + name for name in templates}
faults = [f"not in the wheel: {name}" for name in sorted(expected - in_wheel)]
faults += [f"in the wheel, but not expected: {name}" for name in sorted(in_wheel - expected)]
faults += [f"not in the sdist: {name}" for name in sorted((package | templates | files("tests")) - in_sdist)]
faults += [] if templates else ["templates/ is empty"]
print("\n".join([*faults, f"{wheel.name}: {len(in_wheel)} files, {len(templates)} of them templates"]))
sys.exit(1 if faults else 0)
