"""Randomness that a run can repeat: everything random is a function of the seed and the step."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lrcourse.arguments import whole

Model = TypeVar("Model", bound=torch.nn.Module)
LARGEST_SEED = 2**40  # 1_000_003 times it, plus an epoch or a step, is still a number that torch takes


def batch_order(n: int, seed: int, epoch: int) -> torch.Tensor:
    """The order of n training examples in an epoch: a function of seed and epoch, so that a resume needs no state.

    >>> batch_order(5, seed=0, epoch=0)
    tensor([4, 0, 1, 3, 2])
    """
    seed = whole("seed", seed, at_least=0, at_most=LARGEST_SEED)
    return torch.randperm(n, generator=torch.Generator().manual_seed(1_000_003 * seed + epoch))


def build(model: Callable[[], Model], seed: int) -> Model:
    """A new model, model(), whose random initialization comes from the seed; the global generator is left alone.

    >>> build(lambda: torch.nn.Linear(2, 1), seed=0).weight.data
    tensor([[-0.0053,  0.3793]])
    """
    with SeededRandom(torch.Generator().manual_seed(seed)):
        return model()


class SeededRandom(TorchDispatchMode):
    """Within it, this thread's random tensors come from the given generator instead of the global one.

    A notebook's sliders call their functions in another thread, beside a running cell. With the global generator the
    two would take numbers away from each other, and no run could be repeated.

    >>> with SeededRandom(torch.Generator().manual_seed(0)):
    ...     torch.rand(2)
    tensor([0.4963, 0.7682])
    """

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.generator = generator
        self.process = os.getpid()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        # the workers that a DataLoader forks from this process have seeds of their own
        if torch.Tag.nondeterministic_seeded in func.tags and os.getpid() == self.process:
            seeded = _taking_generator(func)
            if seeded and not kwargs.get("generator") and _device(args, kwargs) == self.generator.device:
                func, kwargs["generator"] = seeded, self.generator
        return func(*args, **kwargs)


def _taking_generator(func: Any) -> Any:
    """The form of the operation that takes a generator, or None: attention, for one, has none, and draws nothing."""
    if any(argument.name == "generator" for argument in func._schema.arguments):
        return func
    name = func._overloadname
    names = ["generator"] if name == "default" else [f"{name}_generator", name.replace("out", "generator_out")]
    return next((getattr(func.overloadpacket, n) for n in names if n in func.overloadpacket.overloads()), None)


def _device(args: Sequence[Any], kwargs: dict[str, Any]) -> torch.device:
    """Where an operation draws: the device that it is told, or that of its first tensor."""
    device = kwargs.get("device") or next((arg.device for arg in args if isinstance(arg, torch.Tensor)), "cpu")
    return torch.device(device)


def seeded_dropout(model: torch.nn.Module, seed: int, step: int) -> AbstractContextManager[Any]:
    """A context in which the model's dropout, on a CPU, is a function of seed and step."""
    on_cpu = next(model.parameters()).device.type == "cpu"
    if on_cpu and any(isinstance(module, torch.nn.modules.dropout._DropoutNd) for module in model.modules()):
        return SeededRandom(torch.Generator().manual_seed(1_000_003 * seed + step))
    return nullcontext()
