"""Settings of spaces of vision pipelines, as published."""

from __future__ import annotations

from typing import Any

# Bergstra, Yamins & Cox 2013, as their release searches on CIFAR-10: `VisionPipelineSpace(**VISION_PIPELINES)`.
VISION_PIPELINES: dict[str, Any] = {"layers": (64, 128), "sizes": (32, 64, 128, 200), "affine": True, "seeds": 10, "points": 10}
