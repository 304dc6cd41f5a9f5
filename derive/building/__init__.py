"""A project's build: which explainers and notes it lists, which of them are out of date, and what became of them.

The stages are values: settings -> `plan.Plan` -> `run.build` -> `report.Report`. What nothing has changed costs a few
hashes: nothing heavy is imported before something has to be made or judged. Files are written by who calls, not here.
All paths are relative to the folder of the project, which has to be the working directory.
"""
