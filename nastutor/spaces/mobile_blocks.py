"""The inverted residual block (Sandler et al. 2018, section 3), with squeeze and excitation where it is asked for (Tan et al. 2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder

REDUCTION = 4  # squeeze and excitation passes through a quarter of the block's input channels (MnasNet's ratio of 0.25)


def add_block(
    builder: GraphBuilder,
    x: str,
    name: str,
    activation: str,
    width: int,
    kernel: int,
    stride: int = 1,
    expansion: int = 1,
    squeeze: bool = False,
    residual: bool = True,
    affine: bool = True,
) -> str:
    """Expand, filter each channel, project to `width` channels; `residual`: and add what came in, which has the same shape."""
    channels, y = builder.shape(x)[0], x
    if expansion > 1:
        y = add_conv(builder, y, f"{name} expand", name, activation, affine=affine, channels=channels * expansion, kernel=1)
    y = add_conv(builder, y, f"{name} filter", name, activation, "dw_conv", affine, kernel=kernel, stride=stride)
    if squeeze:
        y = builder.add("squeeze_excite", y, name=f"{name} squeeze", group=name, units=max(1, channels // REDUCTION))
    y = add_conv(builder, y, f"{name} project", name, affine=affine, channels=width, kernel=1)
    return builder.add("add", x, y, name=f"{name} add", group=name) if residual else y


def add_conv(builder: GraphBuilder, x: str, name: str, group: str, activation: str | None = None, op: str = "conv", affine: bool = True, **conv: Any) -> str:
    """Convolution, batch norm, activation."""
    x = builder.add("bn", builder.add(op, x, name=f"{name} conv", group=group, **conv), name=f"{name} bn", group=group, affine=affine)
    return builder.add(activation, x, name=f"{name} {activation}", group=group) if activation else x
