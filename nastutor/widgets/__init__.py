"""What one clicks on in a notebook: core ipywidgets (7.7 to 8) only, so that JupyterLab, Colab and VS Code show them alike."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "alphas": ["Alphas"],
        "acquisition": ["AcquisitionMap"],
        "board": ["Board"],
        "browser": ["Browser"],
        "densities": ["Densities"],
        "designer": ["Designer"],
        "explorer": ["Explorer"],
        "fabric": ["FabricView"],
        "genotypes": ["Genotypes"],
        "learning": ["Learning"],
        "lives": ["Lives"],
        "pareto_front": ["ParetoFront"],
        "ranks": ["RankView"],
        "sizes": ["Sizes"],
        "stacking": ["Stacking"],
        "tree": ["SearchTree"],
    },
)
