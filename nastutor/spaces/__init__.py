"""Search spaces: what there is to choose from."""

from nastutor.spaces.base import ChoiceSpace, ProductSpace

__all__ = ["ChoiceSpace", "ProductSpace"]
