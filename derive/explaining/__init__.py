"""Derivation and evidence become a document: values first, then Markdown or LaTeX through the templates.

`document.explain` assembles frozen values that know no format; `render.render` prints them. Nothing is derived or
judged here.
"""
