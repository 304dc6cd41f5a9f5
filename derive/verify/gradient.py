"""`check_gradient`: a gradient that a person derived and wrote in NumPy, judged against the loss, entry by entry.

It evaluates the loss only; it never differentiates symbolically, never uses derive's engine, and never counts what it
could not judge as success. The numbers come from `gradient_differences` and `gradient_complex`, and are judged here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.verify.gradient_complex import ComplexStep
from derive.verify.gradient_differences import EPS, Line
from derive.verify.gradient_reasons import Comparison, reasons
from derive.verify.gradient_report import SHOWN, Entry, GradientReport, ParameterResult

# An entry counts as resolved if the error bound of its numeric value is at most this many times rtol of its size.
RESOLVED = 10.0
# An entry below this fraction of the largest one (each in units of its parameter) is a zero: float64 holds no more.
ZERO = 64 * EPS
# A given zero agrees if the numeric value is 0 within an error bound of at most this fraction of the largest entry.
ZERO_RESOLUTION = 1e-6
# Up to this many open entries are refined one by one; of more, this many samples tell how good the sweep was.
REFINED_ALWAYS = 128

# An estimated error is not a bound: beyond this many of them, nothing but a wrong gradient explains a difference.
DOUBT = 3.0

AGREES, DIFFERS, KINK, UNDECIDED = "agrees", "differs", "kink", "undecided"


def check_gradient(
    loss: Callable[..., Any], gradient: Any, at: Any, *, rtol: float = 1e-5, seed: int = 0
) -> GradientReport:
    """Compares a hand-derived gradient with the loss that it belongs to, entry by entry.

    >>> report = check_gradient(lambda w: np.sum(w**2), lambda w: 2 * w, np.array([1.0, -2.0]))
    >>> report.agrees
    True

    `at` is where to compare: one array of any shape or a number (`loss(at)`), a list or tuple of these, one for each
    positional argument (`loss(*at)`), or a mapping of names to them (`loss(**at)`; a loss that wants one dict is
    wrapped as `lambda **p: loss(p)`). `gradient` has the same structure and the same shapes, or is a callable of the
    same arguments that returns it. Integers are converted to float64. `loss` returns a number.

    An entry `differs` if |given - numeric| exceeds rtol max(|given|, |numeric|) plus 3 x the error of the numeric
    value, and no kink that noise or curvature may hide explains it (else it is `undecided`);
    it `agrees` if the difference is within that and the error bound is at most 10 rtol of the entry. A smaller
    entry is `undecided`: its true size is below what differences of the loss can show (about 1e-6 of the loss divided
    by the parameter's size). It is decided all the same where the loss can be followed with complex numbers. A zero
    agrees if the numeric value is 0 within a bound of 1e-6 of the largest entry of its parameter; entries below 64
    eps of the largest entry of all, measured in units of the parameters, count as zeros. Where the slope of the loss
    jumps by more than 2 rtol of the entry, at the point or within one finite-difference step (about 8e-6 max(|x|, 1)
    for parameters of ordinary size), the entry is a `kink` and is named, even if the given value happens to fit.

    Every entry costs two evaluations, and up to 30 more if they do not settle it. `seed` draws the samples. The report
    is true in a condition if the gradient agrees; `report.expect()` raises AssertionError with its text if not.

    Raises TypeError and ValueError, with what was expected and what came, for structures, shapes and types that do not
    fit, for values that are not finite, and for a loss that does not return a real number, changes its arguments or
    gives two values at one point.

    Sources: central differences and their error, Nocedal & Wright, Numerical Optimization (2006) ch. 8.1; complex step,
    Squire & Trapp, SIAM Review 40 (1998) 110; extrapolation, Ridders, Adv. Eng. Software 4 (1982) 75.
    """
    if not 0 < rtol < 0.1:
        raise ValueError(f"rtol must lie between 0 and 0.1, got {rtol!r}")
    point = _Point(at, loss)
    evaluation = _Loss(loss, point)
    centre = evaluation.first()
    given = point.flatten(point.call(gradient) if callable(gradient) else gradient, "gradient")
    evaluation.check_unchanged("the gradient")
    check = _Check(point, evaluation, given, centre, rtol, seed)
    check.run()
    evaluation.check_unchanged("the loss")
    return check.report()


@dataclass(frozen=True)
class _Parameter:
    name: str
    shape: tuple[int, ...]
    start: int
    stop: int
    number: bool  # came as a Python number, and is handed to the loss as one

    @property
    def entries(self) -> np.ndarray:
        return np.arange(self.start, self.stop)


class _Point:
    """The parameters, laid end to end in one vector `flat` of shape (P,) of which the loss sees views."""

    def __init__(self, at: Any, loss: Callable[..., Any]) -> None:
        if not callable(loss):
            raise TypeError(f"loss must be callable, got {type(loss).__name__}")
        self.keys: list[str] | None = None
        self.single = False
        if isinstance(at, Mapping):
            if not all(isinstance(key, str) for key in at):
                raise TypeError("the names in at must be strings: the loss is called with keyword arguments")
            self.keys = list(at)
            values, names = list(at.values()), self.keys
        elif isinstance(at, (list, tuple)):
            values, names = list(at), _argument_names(loss, len(at))
        else:
            self.single = True
            values, names = [at], _argument_names(loss, 1)
        arrays = [_real_array(value, f"at: {name}") for name, value in zip(names, values, strict=True)]
        ends = np.cumsum([0, *(array.size for array in arrays)]).tolist()
        self.parameters = tuple(
            _Parameter(name, array.shape, start, stop, not isinstance(value, np.ndarray) and array.ndim == 0)
            for name, array, value, start, stop in zip(names, arrays, values, ends[:-1], ends[1:], strict=True)
        )
        self.flat = np.concatenate([array.ravel() for array in arrays]) if arrays else np.zeros(0)
        self._views = [self.flat[p.start : p.stop].reshape(p.shape) for p in self.parameters]
        self._numbers = [k for k, p in enumerate(self.parameters) if p.number]
        self._check_call(loss)

    def _check_call(self, loss: Callable[..., Any]) -> None:
        try:
            signature = inspect.signature(loss)
        except (TypeError, ValueError):  # compiled functions may have none
            return
        try:
            signature.bind(*(() if self.keys is not None else self._views), **dict.fromkeys(self.keys or ()))
        except TypeError as error:
            how = {True: "one array", False: f"{len(self._views)} positional arguments"}[self.single]
            how = how if self.keys is None else f"the keyword arguments {', '.join(self.keys)}"
            raise TypeError(f"the loss takes {signature}, and at gives it {how}: {error}") from None

    def call(self, function: Callable[..., Any], stand_in: Any = None, position: int = -1) -> Any:
        """function at the point; `stand_in` takes the place of the parameter at `position`."""
        values = self._views
        if self._numbers or stand_in is not None:
            values = values.copy()
            for k in self._numbers:
                values[k] = float(values[k])
            if stand_in is not None:
                values[position] = stand_in
        if self.keys is None:
            return function(*values)
        return function(**dict(zip(self.keys, values, strict=True)))

    def flatten(self, gradient: Any, what: str) -> np.ndarray:
        """The gradient, of the same structure and shapes as the point, as one vector of shape (P,)."""
        values = self._listed(gradient, what)
        pieces = []
        for parameter, value in zip(self.parameters, values, strict=True):
            array = _real_array(value, f"{what}: {parameter.name}")
            if array.shape != parameter.shape:
                turned = len(array.shape) > 1 and array.shape == parameter.shape[::-1]
                raise ValueError(
                    f"{what}: {parameter.name} must have the parameter's shape {parameter.shape}, got {array.shape}"
                    + (", which is the shape of the transpose" if turned else "")
                )
            pieces.append(array.ravel())
        return np.concatenate(pieces) if pieces else np.zeros(0)

    def _listed(self, gradient: Any, what: str) -> Sequence[Any]:
        if self.keys is not None:
            if not isinstance(gradient, Mapping):
                raise TypeError(f"{what} must be a mapping like at, got {type(gradient).__name__}")
            if set(gradient) != set(self.keys):
                came = ", ".join(map(str, gradient))
                raise ValueError(f"{what} must have the names of at ({', '.join(self.keys)}), got ({came})")
            return [gradient[key] for key in self.keys]
        if self.single:
            if isinstance(gradient, (Mapping, tuple)):
                raise TypeError(f"{what} must be one array like at, got {type(gradient).__name__}")
            return [gradient]
        if not isinstance(gradient, (list, tuple)):
            raise TypeError(f"{what} must be a list or tuple like at, got {type(gradient).__name__}")
        if len(gradient) != len(self.parameters):
            raise ValueError(f"{what} must have as many items as at ({len(self.parameters)}), got {len(gradient)}")
        return gradient


def _argument_names(loss: Callable[..., Any], count: int) -> list[str]:
    """The names that the loss itself uses for its first arguments, else x, or x0, x1, ..."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        names = [p.name for p in inspect.signature(loss).parameters.values() if p.kind in kinds]
    except (TypeError, ValueError):
        names = []
    if len(names) >= count:
        return names[:count]
    return ["x"] if count == 1 else [f"x{k}" for k in range(count)]


def _real_array(value: Any, what: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{what} must be one array, got rows of different lengths") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{what} must hold real numbers, got {type(value).__name__} of {array.dtype}")
    array = np.array(array, dtype=float, order="C")
    bad = np.argwhere(~np.isfinite(array))
    if bad.size or (array.ndim == 0 and not np.isfinite(array)):
        where = f" at {bad[0].tolist()}" if array.ndim else ""
        raise ValueError(f"{what} must be finite, got {array[tuple(bad[0])]}{where}")
    return array


class _Loss:
    """The loss, counted, checked at its first call, and nan wherever it fails away from the point."""

    def __init__(self, loss: Callable[..., Any], point: _Point) -> None:
        self.loss = loss
        self.point = point
        self.count = 0
        self._kept = point.flat.copy()

    def first(self) -> float:
        self.count += 2
        once, again = (self._number(self.point.call(self.loss)) for _ in range(2))
        self.check_unchanged("the loss")
        if not np.isfinite(once):
            raise ValueError(f"the loss must be finite at the point, got {once}")
        # The last bits may depend on the threads of a BLAS; anything more is drawn or remembered by the loss.
        if not abs(once - again) <= 1e-13 * abs(once):
            raise ValueError(f"the loss gives two values at one point, {once!r} and {again!r}: fix its random numbers")
        return once

    def check_unchanged(self, who: str) -> None:
        for parameter in self.point.parameters:
            part = slice(parameter.start, parameter.stop)
            if not np.array_equal(self.point.flat[part], self._kept[part]):
                raise ValueError(f"{who} changes its argument {parameter.name} in place: it must work on a copy")

    def __call__(self) -> float:
        self.count += 1
        try:
            return float(self.point.call(self.loss))
        except (ArithmeticError, ValueError):  # as math.log(-1): outside its domain, which leaves an entry undecided
            return np.nan

    @staticmethod
    def _number(value: Any) -> float:
        if value is None:
            raise TypeError("the loss must return a number, got None: is there a return statement?")
        array = np.asarray(value)
        if array.dtype.kind not in "iuf":
            raise TypeError(f"the loss must return a real number, got {type(value).__name__} of {array.dtype}")
        if array.ndim:
            raise ValueError(f"the loss must return a number, got an array of shape {array.shape}")
        return float(array)


class _Check:
    """One check: the arrays are of shape (P,), and `verdict` fills up from one stage to the next."""

    def __init__(
        self, point: _Point, evaluation: _Loss, given: np.ndarray, centre: float, rtol: float, seed: int
    ) -> None:
        self.point, self.evaluation, self.given, self.centre = point, evaluation, given, centre
        self.rtol, self.seed = rtol, seed
        size = given.size
        self.verdict = np.full(size, "", dtype="U9")
        self.why = np.full(size, "", dtype="U80")
        self.numeric = np.full(size, np.nan)
        self.error = np.full(size, np.inf)
        self.doubt = np.zeros(size)  # the largest jump of the slope that cannot be excluded
        self.complex: list[ComplexStep | None] = []

    def run(self) -> None:
        if not self.given.size:
            return
        with np.errstate(all="ignore"):
            self._prepare()
            self.sweep = self.line.sweep()
            self.numeric, self.error = self.sweep.value.copy(), self.sweep.rounding.copy()
            self._name_kinks()
            self._settle_by_sweep()
            self.zero = self._zero_size()
            for parameter, step in zip(self.point.parameters, self.complex, strict=True):
                self._settle_open(parameter, step)

    def _prepare(self) -> None:
        """Scales, noise, and whether the loss can be followed with complex numbers."""
        flat = self.point.flat
        own, plain, unusual = np.abs(flat), np.maximum(np.abs(flat), 1.0), []
        scale = plain.copy()
        for p in self.point.parameters:
            part = slice(p.start, p.stop)
            sizes = own[part][own[part] > 0]
            typical = float(np.median(sizes)) if sizes.size else 1.0
            own[part] = np.maximum(own[part], typical)
            if not 1e-2 <= typical <= 1e2:
                unusual.append(p)
        self.line = Line(self.evaluation, flat, self.centre, scale)
        self.line.measure_noise(self.seed)
        for p in unusual:
            # Entries of 1e-8 may be small, or the loss may vary on that scale; entries of 1e8 likewise.
            other = own if np.median(own[p.entries]) < 1 else np.maximum(1.0, 1e-6 * own)
            self.line.choose_scale(p.entries, other)
        for k, p in enumerate(self.point.parameters):
            call = lambda stand_in, k=k: self.point.call(self.evaluation.loss, stand_in, k)  # noqa: E731
            view = flat[p.start : p.stop].reshape(p.shape)
            self.complex.append(ComplexStep(call, view, self.centre, self.line.noise) if view.size else None)

    def _name_kinks(self) -> None:
        """A kink at the point moves the central difference by half its jump: jumps below 2 rtol cannot matter."""
        sweep, line = self.sweep, self.line
        jump = np.abs(sweep.bend) / line.step
        suspect = (jump > 2 * self.rtol * np.abs(sweep.value)) & (np.abs(sweep.bend) > 8 * line.noise)
        self.doubt = jump + 8 * line.noise / line.step
        for p, step in zip(self.point.parameters, self.complex, strict=True):
            if step is not None and step.smooth:
                suspect[p.start : p.stop] = False
                self.doubt[p.start : p.stop] = 0.0
        for entry in np.flatnonzero(suspect).tolist():
            near = line.kink_near(entry, sweep.bend[entry])
            if near:
                self.verdict[entry] = KINK
            elif near is not None:
                self.doubt[entry] = 0.0

    def _settle_by_sweep(self) -> None:
        """Agreement with two evaluations is proof enough: the truncation error would have to undo a wrong gradient.

        Disagreement is not: it may be the truncation error.
        """
        size = np.maximum(np.abs(self.given), np.abs(self.numeric))
        close = np.abs(self.given - self.numeric) <= self.rtol * size
        resolved = self.error <= RESOLVED * self.rtol * size
        still = self.sweep.unmoved & (self.given == 0)
        for entry in np.flatnonzero(still & (self.verdict == "")).tolist():
            # Beside a large constant a small step may be lost in rounding; what does not feel a large one is no input.
            moved = (self.line.moved(entry, sign * self.line.scale[entry] / 8)[0] for sign in (1, -1))
            still[entry] = all(value == self.centre for value in moved)
        self.error[still] = 0.0
        self.verdict[(self.verdict == "") & ((close & resolved) | still)] = AGREES

    def _zero_size(self) -> np.ndarray:
        """64 eps of the largest entry in units of the parameters: |dL/dx_i| |x_i|, shape (P,)."""
        pull = np.abs(self.numeric) * self.line.scale
        # Where the numbers are noise, so is the largest of them.
        trusted = np.isfinite(pull) & (np.abs(self.numeric) > 2 * self.error)
        return ZERO * np.max(pull[trusted], initial=0.0) / self.line.scale

    def _settle_open(self, parameter: _Parameter, step: ComplexStep | None) -> None:
        entries = parameter.entries
        open_entries = entries[self.verdict[entries] == ""]
        if not open_entries.size:
            return
        self.largest = np.max(np.abs(self.numeric[entries]), initial=0.0, where=np.isfinite(self.numeric[entries]))
        if step is not None and not step.usable:
            step = None
        self.confirmed = step is not None and self._confirmed(parameter, step, open_entries)
        if open_entries.size > REFINED_ALWAYS:
            open_entries = self._settle_by_sample(parameter, step, open_entries)
        for entry in open_entries.tolist():
            self._settle(parameter, step, entry)

    def _confirmed(self, parameter: _Parameter, step: ComplexStep, entries: np.ndarray) -> bool:
        """Whether the complex step fits the extrapolated differences on two entries; if not, it must on every one."""
        sample = {int(entries[0]), int(entries[np.argmax(np.abs(self.numeric[entries]))])}
        return all(self._fits(step(entry - parameter.start), entry) for entry in sample)

    def _fits(self, value: float, entry: int) -> bool:
        """Whether the complex step's value is within the error of the extrapolated differences."""
        real, error = self.line.refined(entry)
        return not np.isfinite(value) or abs(value - real) <= 4 * error + 1e-6 * max(abs(value), abs(real))

    def _settle_by_sample(self, parameter: _Parameter, step: ComplexStep | None, entries: np.ndarray) -> np.ndarray:
        """Judges a sample; the others only if they differ by 10 x the worst error that the sweep made on the sample.

        The sample holds the largest absolute differences, so a right gradient whose sweep is poor is never called
        wrong. Returns the entries that are left.
        """
        gap = np.abs(self.given - self.numeric)[entries]
        relative = gap / np.maximum(np.abs(self.given), np.abs(self.numeric))[entries]
        drawn = np.random.default_rng(self.seed).permutation(entries.size)[: REFINED_ALWAYS // 4]
        most, worst = np.argsort(-gap)[: REFINED_ALWAYS // 2], np.argsort(-relative)[: REFINED_ALWAYS // 4]
        sample = np.unique(np.concatenate([most, worst, drawn]))
        wrong_by = 0.0
        for entry in entries[sample].tolist():
            before = self.numeric[entry]
            self._settle(parameter, step, entry)
            wrong_by = max(wrong_by, abs(before - self.numeric[entry]) + self.error[entry])
        rest = np.delete(entries, sample)
        if not np.isfinite(wrong_by):
            return rest
        bound = 10 * (wrong_by + self.sweep.rounding[rest]) + 2 * self.doubt[rest]
        size = np.maximum(np.abs(self.given), np.abs(self.numeric))[rest]
        clear = np.abs(self.given - self.numeric)[rest] > self.rtol * size + bound
        self.error[rest[clear]] = bound[clear]
        self.verdict[rest[clear]] = DIFFERS
        return rest[~clear]

    def _settle(self, parameter: _Parameter, step: ComplexStep | None, entry: int) -> None:
        given, zero = self.given[entry], self.zero[entry]
        value = step(entry - parameter.start) if step is not None else np.nan
        if np.isfinite(value):
            # Beside the edge of its domain (sqrt at 0) a loss has complex values where it has no real ones.
            trusted = self.confirmed and np.isfinite(self.sweep.value[entry])
            if not trusted and not self._fits(value, entry):
                self.numeric[entry], self.error[entry] = np.nan, np.inf
                self._undecide(entry, "the complex step and finite differences contradict each other")
                return
            # Exact but for the rounding of the terms that were summed, which `zero` estimates.
            self.numeric[entry], self.error[entry] = value, zero
            gap, size = abs(given - value), max(abs(given), abs(value))
            if gap <= self.rtol * size or size <= zero:
                self.verdict[entry] = AGREES
            elif gap > self.rtol * size + zero and size * self.line.scale[entry] > EPS * abs(self.centre):
                self._differ(entry)
            else:
                self._undecide(entry, "smaller than rounding errors")
            return
        value, error = self.line.refined(entry)
        if not np.isfinite(value):
            self.numeric[entry], self.error[entry] = np.nan, np.inf
            self._undecide(entry, "the loss is not finite beside the point")
            return
        self.numeric[entry], self.error[entry] = value, error
        gap, size = abs(given - value), max(abs(given), abs(value))
        bend = abs(self.sweep.bend[entry]) / self.line.step[entry] ** 2 * self.line.scale[entry]
        largest = max(self.largest, bend if np.isfinite(bend) else 0.0)
        if gap > self.rtol * size + DOUBT * error:
            self._differ(entry)
        elif error <= RESOLVED * self.rtol * size or (abs(given) <= zero and error <= ZERO_RESOLUTION * largest):
            self.verdict[entry] = AGREES
        else:
            noise = "the single precision" if self.line.single else "the noise"
            self._undecide(entry, f"{noise} of the loss is too coarse for entries of this size")

    def _differ(self, entry: int) -> None:
        if abs(self.given[entry] - self.numeric[entry]) <= 2 * self.doubt[entry]:
            self._undecide(entry, "a kink that noise or curvature hides may explain the difference")
        else:
            self.verdict[entry] = DIFFERS

    def _undecide(self, entry: int, why: str) -> None:
        self.verdict[entry] = UNDECIDED
        self.why[entry] = why

    def report(self) -> GradientReport:
        size = np.maximum(np.abs(self.given), np.abs(self.numeric))
        gap = np.abs(self.given - self.numeric)
        self.relative = np.divide(gap, size, out=np.zeros_like(gap), where=size > 0)
        judged = np.flatnonzero((self.verdict == AGREES) | (self.verdict == DIFFERS))
        order = np.lexsort((-self.relative[judged], self.verdict[judged] != DIFFERS))
        steps = [step for step in self.complex if step is not None]
        return GradientReport(
            parameters=tuple(self._result(parameter) for parameter in self.point.parameters),
            worst=tuple(self._entry(entry) for entry in judged[order[:SHOWN]].tolist()),
            kinks=tuple(self._entry(entry) for entry in np.flatnonzero(self.verdict == KINK).tolist()),
            undecided=tuple(self._entry(entry) for entry in np.flatnonzero(self.verdict == UNDECIDED).tolist()),
            reasons=reasons([self._comparison(parameter) for parameter in self.point.parameters]),
            loss=self.centre,
            rtol=self.rtol,
            evaluations=self.evaluation.count + sum(step.evaluations for step in steps),
        )

    def _entry(self, entry: int) -> Entry:
        parameter = next(p for p in self.point.parameters if p.start <= entry < p.stop)
        index = tuple(int(k) for k in np.unravel_index(entry - parameter.start, parameter.shape))
        values = float(self.given[entry]), float(self.numeric[entry])
        return Entry(parameter.name, index, *values, str(self.verdict[entry]), str(self.why[entry]))

    def _result(self, parameter: _Parameter) -> ParameterResult:
        entries = parameter.entries
        verdict = self.verdict[entries]
        counts = {kind: int(np.count_nonzero(verdict == kind)) for kind in (AGREES, DIFFERS, KINK, UNDECIDED)}
        judged = entries[(verdict == AGREES) | (verdict == DIFFERS)]
        absolute = relative = None
        if judged.size:
            absolute = self._entry(int(judged[np.argmax(np.abs(self.given - self.numeric)[judged])]))
            relative = self._entry(int(judged[np.argmax(self.relative[judged])]))
        agreed = entries[verdict == AGREES]
        size = np.maximum(np.abs(self.given), np.abs(self.numeric))[agreed]
        resolution = np.divide(self.error[agreed], size, out=np.zeros_like(size), where=size > 0)
        return ParameterResult(
            name=parameter.name,
            shape=parameter.shape,
            agreed=counts[AGREES],
            differing=counts[DIFFERS],
            kinks=counts[KINK],
            undecided=counts[UNDECIDED],
            largest_absolute=absolute,
            largest_relative=relative,
            resolution=float(np.max(resolution, initial=0.0)),
        )

    def _comparison(self, parameter: _Parameter) -> Comparison:
        def shaped(values: np.ndarray) -> np.ndarray:
            return values[parameter.start : parameter.stop].reshape(parameter.shape)

        verdict = shaped(self.verdict)
        judged = (verdict == AGREES) | (verdict == DIFFERS)
        slack = np.where(judged, shaped(self.error), 0.0)
        return Comparison(
            parameter.name, shaped(self.given), shaped(self.numeric), slack, judged, verdict == DIFFERS
        )
