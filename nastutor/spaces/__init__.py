"""Search spaces: what there is to choose from. Each loads when it is first named."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["language"],
    submod_attrs={
        "autonet": ["AutoNetSpace"],
        "base": ["ChoiceSpace"],
        "block_code": ["BlockQNNSpace"],
        "branches": ["BranchSpace"],
        "cell": ["CellSpace"],
        "chain": ["ChainSpace"],
        "darts": ["DARTSSpace"],
        "edit_space": ["EditSpace"],
        "fabric": ["FabricSpace"],
        "filter_banks": ["FilterBankSpace"],
        "hierarchical": ["HierarchicalSpace"],
        "joint": ["JointSpace"],
        "macro": ["MacroSpace"],
        "memory_banks": ["MemoryBankSpace"],
        "metaqnn": ["MetaQNNSpace"],
        "mobile": ["MobileSpace"],
        "modules": ["ModuleSpace"],
        "nasbench": ["NASBench101"],
        "nasnet": ["AmoebaNetSpace", "ENASMicroSpace", "NASNetSpace", "PNASSpace"],
        "nasrl": ["NASRLSpace"],
        "paths": ["PathLevelSpace"],
        "product": ["ProductSpace"],
        "recurrent": ["RecurrentSpace"],
        "recurrent_trees": ["RecurrentTreeSpace"],
        "residual": ["ResidualSpace"],
        "sizes": ["SizeSpace"],
        "trellis": ["TrellisSpace"],
        "vision": ["VisionPipelineSpace"],
    },
)
