"""What a stack of lanes computes: a small model, many times over, in the operations of one.

The parameters of all lanes are stacked, so that one matrix product serves every lane. torch.func gives the loss and
the gradients of the stack; the operations are recorded once (make_fx), cleaned of those that do nothing, and replayed
at every step. The replay saves what torch.func and autograd cost: more than the arithmetic, for models this small.
"""

import math

import torch
from torch.func import functional_call, grad_and_value, vmap
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.passes.shape_prop import ShapeProp
from torch.nn.functional import cross_entropy
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd

aten = torch.ops.aten


class Recorder:
    """Records the training step and the evaluation of a stack, once for every shape that occurs.

    >>> recorder = Recorder(lambda: torch.nn.Linear(2, 3), cross_entropy)
    >>> step = recorder.step([torch.zeros(4, 3, 2), torch.zeros(4, 3)], torch.ones(4, 5, 2), torch.ones(4, 5).long())
    >>> loss, *gradients = step(torch.ones(4, 5, 2), torch.ones(4, 5).long(), torch.zeros(4, 3, 2), torch.zeros(4, 3))
    >>> loss
    tensor([1.0986, 1.0986, 1.0986, 1.0986])
    """

    def __init__(self, model, loss):
        self.model = model().to("meta")
        self.names = [name for name, _ in self.model.named_parameters()]
        self.loss = loss
        self.recorded = {}
        refuse(self.model)

    def bytes_per_lane(self, x):
        """What a lane's parameters take, and about what its step takes: the same five times, and all outputs twice."""
        parameters = sum(parameter.nbytes for parameter in self.model.parameters())
        outputs = [x.nbytes]
        hooks = [m.register_forward_hook(lambda m, x, out: outputs.append(out.nbytes)) for m in self.model.modules()]
        self.model(x.to("meta"))
        for hook in hooks:
            hook.remove()
        return parameters, 5 * parameters + 2 * sum(outputs)

    def step(self, parameters, x, y):
        """A function (x, y, *parameters) -> (loss, *gradients), every argument and result with the lanes in front."""
        loss = plain_cross_entropy if self.loss is cross_entropy else self.loss

        def of_one_lane(parameters, x, y):
            return loss(self._forward(parameters, x), y)

        def of_all(x, y, *parameters):
            gradients, losses = vmap(grad_and_value(of_one_lane))(parameters, x, y)
            return losses, *gradients

        return self._record("step", of_all, x, y, *parameters)

    def evaluation(self, parameters, x, y):
        """A function (x, y, *parameters) -> (loss, right answers as a share) of every lane on the same examples."""

        def of_one_lane(parameters, x, y):
            out = self._forward(parameters, x)
            right = y.new_full((), math.nan) if y.is_floating_point() else (out.argmax(-1) == y).to(x.dtype).mean()
            return self.loss(out, y), right

        def of_all(x, y, *parameters):
            return vmap(of_one_lane, in_dims=(0, None, None))(parameters, x, y)

        return self._record("evaluation", of_all, x, y, *parameters)

    def _forward(self, parameters, x):
        return functional_call(self.model, dict(zip(self.names, parameters, strict=True)), (x,))

    def _record(self, kind, function, *arguments):
        key = kind, *(argument.shape for argument in arguments)
        if key not in self.recorded:
            try:
                graph = make_fx(function)(*arguments)
            except RuntimeError as error:
                raise ValueError(f"model cannot be raced: {str(error).strip().splitlines()[0]}") from error
            self.recorded[key] = without_noops(graph, arguments)
        return self.recorded[key]


def refuse(model):
    """Raise ValueError, naming the module, for what a stack cannot hold: state beside parameters, and randomness."""
    for name, module in model.named_modules():
        what = f"model cannot be raced: {name or 'it'} is a {type(module).__name__}, which"
        if isinstance(module, _DropoutNd) and module.p > 0:
            raise ValueError(f"{what} draws random numbers; leave it out, or set p=0, or use fit")
        if isinstance(module, _NormBase) or list(module.buffers(recurse=False)):
            raise ValueError(f"{what} keeps statistics of its own beside the parameters; use LayerNorm, or fit")
        if not all(parameter.requires_grad for parameter in module.parameters(recurse=False)):
            raise ValueError(f"{what} has frozen parameters; use fit")


def plain_cross_entropy(out, y):
    """cross_entropy for class numbers, without the weights, smoothing and ignored classes that cost operations.

    >>> plain_cross_entropy(torch.zeros(2, 3), torch.tensor([0, 2]))
    tensor(1.0986)
    """
    return -out.log_softmax(-1).gather(-1, y.unsqueeze(-1)).mean()


VIEWS = {aten.view.default, aten._unsafe_view.default, aten.expand.default, aten.transpose.int}


def without_noops(graph, arguments):
    """The recorded graph without views that give what was there before, and without products with 1."""
    ShapeProp(graph).propagate(*arguments)

    def layout(node):
        return node.meta["tensor_meta"].shape, node.meta["tensor_meta"].stride

    for node in graph.graph.nodes:
        source = node
        while source.target in VIEWS:
            source = source.args[0]
            if layout(source) == layout(node):
                node.replace_all_uses_with(source)
        if node.target is aten.mul.Scalar and node.args[1] == 1:
            node.replace_all_uses_with(node.args[0])
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return graph
