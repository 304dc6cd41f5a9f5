"""Writes torch_reference.json: what PyTorch's optimisers and schedulers make of fixed gradients, in float64.

Run by hand, where torch is installed; the tests read the numbers that are written down and need no torch. From the top
of the repository: `python tests/engine/torch_reference.py`
"""

import json
from pathlib import Path

import torch

FILE = Path(__file__).with_name("torch_reference.json")
GRADIENTS = [0.5, 0.25, -1.0, 3.0, 0.0, -0.125, 1e-6, 40.0, -2.0, 0.75, 0.75, 0.75]
OPTIMISERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.5}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-4}),
    ("Adam", {"lr": 0.1, "betas": (0.0, 0.0), "eps": 0.5}),
]
SCHEDULERS = [
    ("StepLR", {"step_size": 4, "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.8}),
    ("CosineAnnealingLR", {"T_max": 12, "eta_min": 0.0}),
    ("CosineAnnealingLR", {"T_max": 12, "eta_min": 0.01}),
]
FIRST = 0.3


def parameters_after_each_step(name: str, settings: dict) -> list[float]:
    p = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    optimiser = getattr(torch.optim, name)([p], **settings)
    path = []
    for gradient in GRADIENTS:
        p.grad = torch.tensor([gradient], dtype=torch.float64)
        optimiser.step()
        path.append(p.item())
    return path


def rate_in_each_step(name: str, settings: dict) -> list[float]:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=FIRST)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimiser, **settings)
    rates = []
    for _ in range(13):
        rates.append(scheduler.get_last_lr()[0])
        optimiser.step()
        scheduler.step()
    return rates


if __name__ == "__main__":
    reference = {
        "torch": torch.__version__,
        "gradients": GRADIENTS,
        "first": FIRST,
        "optimisers": [
            {"name": name, "settings": settings, "path": parameters_after_each_step(name, settings)}
            for name, settings in OPTIMISERS
        ],
        "schedulers": [
            {"name": name, "settings": settings, "rates": rate_in_each_step(name, settings)}
            for name, settings in SCHEDULERS
        ],
    }
    FILE.write_text(json.dumps(reference, indent=1) + "\n", encoding="utf-8")
