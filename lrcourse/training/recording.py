"""What a stack of lanes computes: a small model, many times over, in the operations of one.

torch.func gives the loss and the gradients of stacked parameters. Its operations are recorded once and replayed at
every step, without those that change nothing: for models this small, torch.func and autograd cost more than the
arithmetic.
"""

import math
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap
from torch.fx import Graph, GraphModule
from torch.fx.node import Node, map_aggregate
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode

from lrcourse.training.loop import Loss
from lrcourse.training.seeds import SeededRandom, build

aten = torch.ops.aten
COMPILING = threading.Lock()  # one at a time: the warnings' filter is the whole process's
PRODUCTS = {aten.mul.Scalar, aten.mul.Tensor}
VIEWS = {aten.view.default, aten._unsafe_view.default, aten.expand.default, aten.transpose.int, aten.detach.default}


class StackedModel:
    """A model, given as a function that makes it, for parameters of shape (lanes, ...).

    plain: whether the loss is cross_entropy over classes that are all counted, which can be had faster.

    >>> stacked = StackedModel(lambda: torch.nn.Linear(2, 3), torch.nn.functional.cross_entropy)
    >>> x, y, parameters = torch.ones(4, 5, 2), torch.ones(4, 5).long(), [torch.zeros(4, 3, 2), torch.zeros(4, 3)]
    >>> loss, *gradients = stacked.step(x, y, *parameters)
    >>> loss
    tensor([1.0986, 1.0986, 1.0986, 1.0986])
    >>> [gradient.shape for gradient in gradients]
    [torch.Size([4, 3, 2]), torch.Size([4, 3])]
    """

    def __init__(self, model: Callable[[], nn.Module], loss: Loss, plain: bool = False) -> None:
        self.model, self.loss, self.plain = build(model, seed=0), loss, plain
        refuse(self.model)
        self.size = sum(parameter.numel() for parameter in self.model.parameters())
        self.names = [name for name, _ in self.model.named_parameters()]

    def step(self, x: Tensor, y: Tensor, *parameters: Tensor) -> tuple[Tensor, ...]:
        """Losses and gradients, (loss, *gradients); everything that comes in and goes out has the lanes in front."""
        self.model.train()

        def of_one_lane(parameters: Sequence[Tensor], x: Tensor, y: Tensor) -> Tensor:
            out = self._forward(parameters, x)
            plain = self.plain and isinstance(out, torch.Tensor) and out.dim() == 2 and y.dim() == 1
            return plain_cross_entropy(out, y) if plain else self.loss(out, y)

        gradients, losses = vmap(grad_and_value(of_one_lane))(parameters, x, y)
        return losses, *gradients

    def evaluate(self, x: Tensor, y: Tensor, *parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and share of right answers (NaN without classes) of every lane on the same examples."""
        self.model.eval()

        def of_one_lane(parameters: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
            out = self._forward(parameters, x)
            right = y.new_full((), math.nan) if y.is_floating_point() else (out.argmax(-1) == y).to(x.dtype).mean()
            return self.loss(out, y), right

        try:
            losses_and_rights: tuple[Tensor, Tensor] = vmap(of_one_lane)(parameters)
            return losses_and_rights
        except RuntimeError:  # it knows not every operation, an LSTM's for one: then one lane after the other
            losses, rights = zip(*(of_one_lane(lane) for lane in zip(*parameters, strict=True)), strict=True)
            return torch.stack(losses), torch.stack(rights)

    def bytes_per_lane(self, x: Tensor) -> tuple[int, int]:
        """What a lane's parameters take, and roughly what its step takes: the same five times, all outputs twice."""
        parameters = sum(parameter.nbytes for parameter in self.model.parameters())
        outputs = [x.nbytes]

        def note(module: nn.Module, inputs: Any, out: Any) -> None:
            parts = out if isinstance(out, tuple | list) else [out]
            outputs.extend(part.nbytes for part in parts if isinstance(part, torch.Tensor))

        hooks = [module.register_forward_hook(note) for module in self.model.modules()]
        try:
            with torch.no_grad(), SeededRandom(torch.Generator()), forgetful(self.model):
                self.model.train()(x.to(next(self.model.parameters()).device))
        finally:
            for hook in hooks:
                hook.remove()
        return parameters, 5 * parameters + 2 * sum(outputs)

    def _forward(self, parameters: Sequence[Tensor], x: Tensor) -> Any:
        return functional_call(self.model, dict(zip(self.names, parameters, strict=True)), (x,))


def record(function: Callable[..., Any], *arguments: Tensor) -> GraphModule:
    """The same function for arguments of the same shapes, as a plain sequence of operations.

    >>> record(lambda x: x.view(3).view(3) * 1 + 1, torch.zeros(3)).code.count("aten")
    1
    """
    recording = Recording(arguments)
    with recording:
        try:
            results = function(*arguments)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            if "random operation" in reason:
                reason = "its forward draws random numbers, which every lane would need for itself; use fit"
            raise ValueError(f"model cannot be raced: {reason}") from error
    return recording.function(results)


def compiled(function: Callable[..., Any], *arguments: Tensor) -> Callable[..., Any]:
    """The same function for arguments of the same shapes, without Python between its operations; or as it is.

    torch.jit.trace is marked as deprecated; what is to replace it, torch.compile, needs a C++ compiler and, for a
    race, longer than the race takes. Without this a step is the same and slower (racing's docstring says by how much).

    >>> compiled(lambda x: x * 2 + 1, torch.zeros(1))(torch.ones(1))
    tensor([3.])
    """
    if not can_compile():
        return function
    with COMPILING, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            examples = tuple(argument.clone() for argument in arguments)
            traced: Callable[..., Any] = torch.jit.trace(function, examples, check_trace=False)
            return traced
        except RuntimeError:  # it knows not every operation: some of convolutions are missing
            return function


def can_compile() -> bool:
    """Whether this PyTorch still has what `compiled` needs.

    >>> can_compile()
    True
    """
    return hasattr(getattr(torch, "jit", None), "trace")


@contextmanager
def forgetful(model: nn.Module) -> Iterator[None]:
    """Raise ValueError, naming the module, if its forward changes an attribute: a step that is replayed would not."""
    before = [dict(vars(module)) for module in model.modules()]
    yield
    for (name, module), old in zip(model.named_modules(), before, strict=True):
        now = vars(module)
        changed = [key for key in now if key not in old or now[key] is not old[key]]
        if changed:
            raise ValueError(
                f"model cannot be raced: {name or 'it'} is a {type(module).__name__}, which changes its {changed[0]} "
                "in every step; return it instead, or use fit"
            )


class Recording(TorchDispatchMode):
    """Within it, every operation of this thread on tensors is done and written down."""

    def __init__(self, arguments: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.graph, self.constants = Graph(), torch.nn.Module()
        self.nodes: dict[int, Node] = {}  # from the id of a tensor
        self.tensors: dict[Node, Tensor] = {}
        self.kept: list[Tensor] = []  # holding all tensors keeps their ids unique
        for i, argument in enumerate(arguments):
            self._add(self.graph.placeholder(f"x{i}"), argument)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        node = self.graph.call_function(func, self._to_nodes(args), self._to_nodes(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self._add(self._same(node, result) or node, result)
        else:
            for i, part in enumerate(result):
                self._add(self.graph.call_function(lambda parts, i: parts[i], (node, i)), part)
        return result

    def function(self, results: Any) -> GraphModule:
        """What was recorded, as a function of the same arguments that gives the same results."""
        self.graph.output(self._to_nodes(results))
        self.graph.eliminate_dead_code()
        return GraphModule(self.constants, self.graph)

    def _add(self, node: Node, tensor: Tensor) -> Node:
        self.tensors.setdefault(node, tensor)
        self.nodes[id(tensor)] = node
        self.kept.append(tensor)
        return node

    def _to_nodes(self, values: Any) -> Any:
        return map_aggregate(values, lambda value: self._node(value) if isinstance(value, torch.Tensor) else value)

    def _node(self, tensor: Tensor) -> Node:
        if id(tensor) in self.nodes:
            return self.nodes[id(tensor)]
        name = f"constant{len(self.kept)}"
        self.constants.register_buffer(name, tensor)
        return self._add(self.graph.create_node("get_attr", name), tensor)

    def _same(self, node: Any, result: Tensor) -> Any:
        """An earlier node that has what this view or product with 1 gives, or None."""
        if node.target in PRODUCTS and node.args[1] == 1 and self.tensors[node.args[0]].dtype == result.dtype:
            return node.args[0]
        while node.target in VIEWS:
            node = node.args[0]
            earlier = self.tensors[node]
            if (earlier.shape, earlier.stride()) == (result.shape, result.stride()):
                return node
        return None


def refuse(model: nn.Module) -> None:
    """Raise ValueError, naming the module, for what a stack cannot hold: state beside parameters, and randomness."""
    if not list(model.parameters()):
        raise ValueError(f"model cannot be raced: a {type(model).__name__} without parameters has nothing to learn")
    for name, module in model.named_modules():
        what = f"model cannot be raced: {name or 'it'} is a {type(module).__name__}, which"
        if isinstance(module, _DropoutNd) and module.p > 0:
            raise ValueError(f"{what} draws random numbers; leave it out, or set p=0, or use fit")
        if isinstance(module, _NormBase) or list(module.buffers(recurse=False)):
            raise ValueError(f"{what} keeps statistics or buffers beside the parameters; use LayerNorm, or fit")
        if any(is_lazy(parameter) for parameter in module.parameters(recurse=False)):
            raise ValueError(f"{what} has no parameters before its first batch; give it its sizes, or use fit")
        if not all(parameter.requires_grad for parameter in module.parameters(recurse=False)):
            raise ValueError(f"{what} has frozen parameters; use fit")


def plain_cross_entropy(out: Tensor, y: Tensor) -> Tensor:
    """cross_entropy for class numbers, without the weights, smoothing and ignored classes that cost operations.

    Written out, for torch's log_softmax over a few classes takes several times as long as the parts that it is made of.

    >>> plain_cross_entropy(torch.zeros(2, 3), torch.tensor([0, 2]))
    tensor(1.0986)
    """
    shifted = out - out.detach().amax(-1, keepdim=True)  # no exponential overflows
    return (shifted.exp().sum(-1).log() - shifted.gather(-1, y.unsqueeze(-1)).squeeze(-1)).mean()
