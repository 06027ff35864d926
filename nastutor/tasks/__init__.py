"""What networks are trained on: images with labels in three parts. Everything here is numpy; training makes tensors of it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "base": ["Split", "Task"],
        "augmentation": ["Augment"],
        "embedded": ["digits"],
        "characters": ["arithmetic", "xml"],
        "own": ["from_arrays", "from_folder"],
        "downloads": ["cache"],
        "vision": ["cifar10", "cifar100", "fashion_mnist", "mnist"],
    },
)
