"""The reading list as data: what each paper is, where it belongs in the course, and how much of it is built (honestly)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

# fmt: off
CHAPTERS = dict(enumerate((
    "welcome: a first search in five minutes",
    "chains and branches", "cells", "hierarchies, fabrics and transformations",  # I search space
    "random search and fair comparison", "Bayesian optimisation", "tree search and hill climbing",  # II search strategy
    "reinforcement learning", "evolution", "gradients",
    "lower fidelities", "learning-curve extrapolation and surrogates", "network morphisms", "one-shot models and hypernetworks",  # III performance estimation
    "dense prediction and transfer", "recurrent networks", "multi-task", "multi-objective search and compression",  # IV future directions
    "dynamic and robust networks", "benchmarks", "interpretability",
)))
# fmt: on


@dataclass(frozen=True)
class Paper:
    """A promise: the paper implemented, shown in its chapters, its claim tested again at small scale.

    source      "arxiv:<id>", "doi:<id>", an address, or "" where none is known for sure
    built       "yes" only where everything in `must_exist` is there; "partly: what"; "" for not yet
    function    dotted name of the paper's function in nastutor.methods, where built
    small       its settings at cpu scale, paper: those of the paper (where built)
    """

    key: str
    authors: str
    year: int
    venue: str
    source: str
    chapters: tuple[int, ...]
    title: str
    must_exist: str
    claim: str
    built: str = ""
    function: str | None = None
    small: Mapping[str, Any] = field(default_factory=dict)
    paper: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str | None:
        """Where to read it."""
        kind, _, name = self.source.partition(":")
        return {"arxiv": f"https://arxiv.org/abs/{name}", "doi": f"https://doi.org/{name}", "https": self.source}.get(kind)

    @property
    def status(self) -> str:
        return self.built or "not yet"

    def resolve(self) -> Any:
        """The function that runs the paper; ImportError or AttributeError where `function` names nothing, ValueError where there is none."""
        if self.function is None:
            raise ValueError(f"{self.key!r} has no function; built so far: {self.status}")
        module, _, name = self.function.rpartition(".")
        return getattr(import_module(module), name)


def paper(key: str) -> Paper:
    """The paper with this key.

    >>> paper("real2019").chapters
    (2, 4, 8)
    """
    for one in PAPERS:
        if one.key == key:
            return one
    raise KeyError(f"`key` is {key!r}; known are {', '.join(one.key for one in PAPERS)}")


def table() -> str:
    """All papers and what is built of each, in markdown (the README's status table)."""
    lines = ["| paper | what must exist | chapters | built |", "|---|---|---|---|"]
    for one in PAPERS:
        name = f"{one.authors} ({one.year}). " if one.authors else ""
        title = f"[{one.title}]({one.url})" if one.url else one.title
        lines.append(f"| {name}{title}. {one.venue} | {one.must_exist} | {', '.join(map(str, one.chapters))} | {one.status} |")
    return "\n".join(lines)


# fmt: off
PAPERS: tuple[Paper, ...] = (
    Paper("zoph2018", "Zoph, Vasudevan, Shlens, Le", 2018, "CVPR", "arxiv:1707.07012", (2, 7, 10),
          "Learning transferable architectures for scalable image recognition",
          "NASNet space (normal and reduction cells), PPO controller, scheduled drop-path, short-training proxy, transfer by stacking",
          "A cell found with a small network is good in a larger one",
          built="partly: the space (`nt.spaces.NASNetSpace`) with scheduled drop-path and auxiliary head, NASNet-A at all three sizes (`nt.zoo`)"),
    Paper("real2019", "Real, Aggarwal, Huang, Le", 2019, "AAAI", "arxiv:1802.01548", (2, 4, 8),
          "Regularized evolution for image classifier architecture search",
          "regularised evolution; AmoebaNet-A; comparison of reinforcement learning, random search and evolution",
          "Under noisy evaluations, removing the oldest finds truly better architectures than removing the worst",
          built="partly: `nt.RegularizedEvolution` and its ablation, the space (`nt.spaces.AmoebaNetSpace`), AmoebaNet-A (`nt.zoo`), its claim (`nt.claims`)"),
    Paper("brock2017", "Brock, Lim, Ritchie, Weston", 2017, "arXiv", "arxiv:1708.05344", (1, 13),
          "SMASH: one-shot model architecture search through HyperNetworks", "memory-bank space, HyperNet, ranking",
          "Errors with generated weights rank architectures like errors after training",
          built="partly: the space (`nt.spaces.MemoryBankSpace`) with the sizes and odds of the release, its binary code and its network"),
    Paper("elsken2017", "Elsken, Metzen, Hutter", 2017, "arXiv", "arxiv:1711.04528", (6, 12),
          "Simple and efficient architecture search for convolutional neural networks",
          "hill climbing by network morphisms, cosine annealing",
          "At equal epochs, selection among morphed children beats a random chain of morphisms"),
    Paper("elsken2019", "Elsken, Metzen, Hutter", 2019, "ICLR", "arxiv:1804.09081", (8, 12, 17),
          "Efficient multi-objective neural architecture search via Lamarckian evolution",
          "multi-objective evolution, exact and approximate morphisms, density sampling",
          "Sampling parents where the front is sparse spreads the front"),
    Paper("cai2018b", "Cai, Yang, Zhang, Han, Yu", 2018, "ICML", "arxiv:1806.02639", (3, 7, 12),
          "Path-level network transformation for efficient architecture search",
          "path-level edits, tree-structured cells, tree-LSTM controller",
          "Children by path-level edits reach a given accuracy sooner than the same cell from scratch",
          built="partly: the space of tree-structured cells (`nt.spaces.PathLevelSpace`), TreeCell-A in DenseNet and PyramidNet (`nt.zoo`)"),
    Paper("liu2019b", "Liu, Simonyan, Yang", 2019, "ICLR", "arxiv:1806.09055", (2, 9, 13, 15),
          "DARTS: differentiable architecture search",
          "CNN and RNN cells, first and second order, derivation, evaluation network",
          "The derived cell is better than the mean random cell after equal training",
          built="partly: the space of derived cells (`nt.spaces.DARTSSpace`), the evaluation network, DARTS_V1 and DARTS_V2 (`nt.zoo`)"),
    Paper("zhong2018a", "Zhong, Yan, Wu, Shao, Liu", 2018, "CVPR", "arxiv:1708.05552", (2, 7),
          "Practical block-wise neural network architecture generation",
          "network structure code, Q-learning, shaped reward, early-stop reward",
          "A reward shared by all steps speeds up learning and avoids stopping at once",
          built="partly: the space of blocks (`nt.spaces.BlockQNNSpace`) and its code"),
    Paper("zhong2018b", "Zhong, Yang, Deng, Yan, Wu, Shao, Liu", 2018, "arXiv", "arxiv:1808.05584", (2, 7),
          "BlockQNN: efficient block-wise neural network architecture generation",
          "asynchronous distributed variant, block transfer",
          "The corrected early-stop reward ranks blocks better than the early accuracy"),
    Paper("liu2018b", "Liu, Simonyan, Vinyals, Fernando, Kavukcuoglu", 2018, "ICLR", "arxiv:1711.00436", (3, 4, 8),
          "Hierarchical representations for efficient architecture search",
          "motif hierarchy, tournament evolution, random search",
          "Evolution beats random search at equal evaluations, and hierarchical genotypes beat flat ones",
          built="partly: the space (`nt.spaces.HierarchicalSpace`), its mutations and its flat twin"),
    Paper("bergstra2011", "Bergstra, Bardenet, Bengio, Kégl", 2011, "NeurIPS",
          "https://papers.nips.cc/paper/2011/hash/86e8f7ab32cfd12577bc2619bc635690-Abstract.html", (5,),
          "Algorithms for hyper-parameter optimization",
          "TPE, GP baseline, conditional spaces",
          "TPE beats random search at equal trials in a conditional space"),
    Paper("bergstra2013", "Bergstra, Yamins, Cox", 2013, "ICML", "arxiv:1209.5111", (5,),
          "Making a science of model search", "large conditional vision space searched by TPE",
          "TPE beats random search in a large conditional space of vision models"),
    Paper("hutter2011", "Hutter, Hoos, Leyton-Brown", 2011, "LION", "doi:10.1007/978-3-642-25566-3_40", (5,),
          "Sequential model-based optimization for general algorithm configuration",
          "random-forest model, expected improvement, intensification",
          "Intensification over seeds picks truly better incumbents than single runs"),
    Paper("mendoza2016", "Mendoza, Klein, Feurer, Springenberg, Hutter", 2016, "AutoML workshop at ICML",
          "https://proceedings.mlr.press/v64/mendoza_towards_2016.html", (5,),
          "Towards automatically-tuned neural networks",
          "Auto-Net's conditional space, SMAC",
          "SMAC beats random search in the space of Auto-Net"),
    Paper("swersky2013", "Swersky, Duvenaud, Snoek, Hutter, Osborne", 2013, "Bayesian optimization workshop at NeurIPS", "arxiv:1409.4011", (5,),
          "Raiders of the lost architecture: kernels for Bayesian optimization in conditional parameter spaces",
          "arc kernel in a Gaussian process",
          "The arc kernel predicts better than a flat embedding in a conditional space"),
    Paper("kandasamy2018", "Kandasamy, Neiswanger, Schneider, Póczos, Xing", 2018, "NeurIPS", "arxiv:1802.07191", (5,),
          "Neural architecture search with Bayesian optimisation and optimal transport",
          "OTMANN distance and kernels, evolutionary search of the acquisition",
          "Networks at a small OTMANN distance differ little in error"),
    Paper("domhan2015", "Domhan, Springenberg, Hutter", 2015, "IJCAI", "https://www.ijcai.org/Proceedings/15/Papers/487.pdf", (5, 11),
          "Speeding up automatic hyperparameter optimization of deep neural networks by extrapolation of learning curves",
          "eleven curve families, MCMC, predictive termination",
          "Predictive termination saves epochs and keeps the incumbent"),
    Paper("zela2018", "Zela, Klein, Falkner, Hutter", 2018, "AutoML workshop at ICML", "arxiv:1807.06906", (5, 10),
          "Towards automated deep learning: efficient joint neural architecture and hyperparameter search",
          "joint architecture and hyper-parameter search with BOHB",
          "Ranks agree between near budgets and disagree between far ones"),
    Paper("negrinho2017", "Negrinho, Gordon", 2017, "arXiv", "arxiv:1704.08792", (6,),
          "DeepArchitect: automatically designing and training deep architectures",
          "modular space language, MCTS, bisection tree, SMBO",
          "MCTS with bisection and SMBO beat random search at equal evaluations"),
    Paper("wistuba2017", "Wistuba", 2017, "arXiv", "arxiv:1712.07420", (6,),
          "Finding competitive network architectures within a day using UCT", "UCT",
          "At equal trials the incumbent of UCT is better than that of random search"),
    Paper("baker2017a", "Baker, Gupta, Naik, Raskar", 2017, "ICLR", "arxiv:1611.02167", (1, 7),
          "Designing neural network architectures using reinforcement learning", "Q-learning over chain space, replay",
          "The mean accuracy of sampled networks rises as epsilon falls",
          built="partly: the space (`nt.spaces.MetaQNNSpace`) with its rules and the published networks for CIFAR-10"),
    Paper("zoph2017", "Zoph, Le", 2017, "ICLR", "arxiv:1611.01578", (1, 7, 15),
          "Neural architecture search with reinforcement learning",
          "RNN controller, REINFORCE, skip anchors, recurrent cell search",
          "At equal samples the policy's architectures are better than random ones",
          built="partly: the space of convolutional networks (`nt.spaces.NASRLSpace`), the strategy (`nt.REINFORCE`) without skip anchors"),
    Paper("cai2018a", "Cai, Chen, Zhang, Yu, Wang", 2018, "AAAI", "arxiv:1707.04873", (7, 12),
          "Efficient architecture search by network transformation",
          "reinforcement-learning meta-controller with wider and deeper actors",
          "The learned transformations beat random ones"),
    Paper("xie2019", "Xie, Zheng, Liu, Lin", 2019, "ICLR", "arxiv:1812.09926", (9, 13),
          "SNAS: stochastic neural architecture search", "concrete relaxation, resource constraint",
          "A derived SNAS network keeps the accuracy of its supernet"),
    Paper("cai2019", "Cai, Zhu, Han", 2019, "ICLR", "arxiv:1812.00332", (9, 13, 17),
          "ProxylessNAS: direct neural architecture search on target task and hardware",
          "binary gates, latency model, mobile space",
          "Binary gates search with the memory of one path, and the latency term moves the result",
          built="partly: the space (`nt.spaces.MobileSpace`) with the published networks for ImageNet"),
    Paper("shin2018", "Shin, Packer, Song", 2018, "ICLR workshop", "https://openreview.net/forum?id=BJ-MRKkwG", (9,),
          "Differentiable neural network architecture search", "differentiable layer hyper-parameters",
          "Learned filter sizes and widths are not worse than those by hand"),
    Paper("ahmed2018", "Ahmed, Torresani", 2018, "ECCV", "arxiv:1807.11473", (9,),
          "MaskConnect: connectivity learning by gradient descent", "learned connectivity masks",
          "Learned connections beat random ones with the same fan-in"),
    Paper("klein2018", "Klein, Christiansen, Murphy, Hutter", 2018, "workshop at ICML", "https://openreview.net/forum?id=rJeMCSnml7", (4, 19),
          "Towards reproducible neural architecture and hyperparameter search",
          "tabular comparison of Bayesian optimisation and evolution",
          "On tables, comparisons of searches become cheap enough to repeat"),
    Paper("klein2017b", "Klein, Falkner, Bartels, Hennig, Hutter", 2017, "AISTATS", "arxiv:1605.07079", (10,),
          "Fast Bayesian optimization of machine learning hyperparameters on large datasets",
          "multi-task GP over data-set size, entropy search per cost",
          "Fabolas reaches a given error at lower cost than full-size Bayesian optimisation"),
    Paper("chrabaszcz2017", "Chrabaszcz, Loshchilov, Hutter", 2017, "arXiv", "arxiv:1707.08819", (10,),
          "A downsampled variant of ImageNet as an alternative to the CIFAR datasets",
          "low-resolution proxy, ImageNet16/32/64 loader",
          "Good hyper-parameters carry over between resolutions"),
    Paper("li2017", "Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar", 2017, "ICLR", "arxiv:1603.06560", (10,),
          "Hyperband: a novel bandit-based approach to hyperparameter optimization", "successive halving, Hyperband",
          "At equal total cost Hyperband has less regret than random search"),
    Paper("falkner2018", "Falkner, Klein, Hutter", 2018, "ICML", "arxiv:1807.01774", (10,),
          "BOHB: robust and efficient hyperparameter optimization at scale", "BOHB",
          "As fast as Hyperband early and as good as TPE late"),
    Paper("klein2017a", "Klein, Falkner, Springenberg, Hutter", 2017, "ICLR", "https://openreview.net/forum?id=S11KBYclx", (11,),
          "Learning curve prediction with Bayesian neural networks", "LC-Net with SGHMC",
          "LC-Net predicts final values better than the last value seen"),
    Paper("baker2017b", "Baker, Gupta, Raskar, Naik", 2017, "arXiv", "arxiv:1705.10823", (11,),
          "Accelerating neural architecture search using performance prediction", "nu-SVR curve prediction, early stopping",
          "At a quarter of the curve nu-SVR predicts better than the last value"),
    Paper("rawal2018", "Rawal, Miikkulainen", 2018, "arXiv", "arxiv:1803.04439", (11, 15),
          "From nodes to networks: evolving recurrent neural networks",
          "tree-encoded recurrent nodes, Meta-LSTM curve prediction",
          "Predicted final values rank networks better than the last value observed"),
    Paper("liu2018a", "Liu, Zoph, Neumann, Shlens, Hua, Li, Fei-Fei, Yuille, Huang, Murphy", 2018, "ECCV", "arxiv:1712.00559", (2, 11),
          "Progressive neural architecture search", "progressive widening with surrogate, PNASNet-5",
          "At equal trained models the top cells of PNAS beat those of random search",
          built="partly: the space (`nt.spaces.PNASSpace`) and PNASNet-5 (`nt.zoo`)"),
    Paper("wei2016", "Wei, Wang, Rui, Chen", 2016, "ICML", "arxiv:1603.01670", (12,),
          "Network morphism", "depth, width, kernel-size and subnet morphing",
          "A morphed child ends better than the same network from scratch with the same extra budget"),
    Paper("jin2018", "Jin, Song, Hu", 2018, "arXiv", "arxiv:1806.10282", (5, 12),
          "Auto-Keras: an efficient neural architecture search system", "edit-distance kernel GP, tree search of morphs",
          "The edit-distance kernel predicts unseen networks"),
    Paper("saxena2016", "Saxena, Verbeek", 2016, "NeurIPS", "arxiv:1606.02492", (3, 13),
          "Convolutional neural fabrics", "fabrics",
          "Performance is insensitive to layers and channels once both are large enough",
          built="partly: the space (`nt.spaces.FabricSpace`), its paths, the whole fabric, dense and sparse, with the published numbers"),
    Paper("pham2018", "Pham, Guan, Zoph, Le, Dean", 2018, "ICML", "arxiv:1802.03268", (2, 13, 15),
          "Efficient neural architecture search via parameter sharing", "macro, micro and RNN spaces, shared weights, controller",
          "Sharing makes the search at least ten times cheaper at a final error that is not worse",
          built="partly: the spaces of whole networks and of cells (`nt.spaces.MacroSpace`, `nt.spaces.ENASMicroSpace`), the published networks"),
    Paper("bender2018", "Bender, Kindermans, Zoph, Vasudevan, Le", 2018, "ICML", "https://proceedings.mlr.press/v80/bender18a.html", (13,),
          "Understanding and simplifying one-shot architecture search", "path dropout, one-shot ranking",
          "One-shot and stand-alone accuracies are rank-correlated, more so with path dropout"),
    Paper("sciuto2019", "Sciuto, Yu, Jaggi, Musat, Salzmann", 2019, "arXiv", "arxiv:1902.08142", (4, 13),
          "Evaluating the search phase of neural architecture search", "random baseline, ranking disorder of weight sharing",
          "Shared weights rank architectures worse than a cheap stand-alone training", built="partly: the random baseline (`nt.RandomSearch`)"),
    Paper("zhang2019", "Zhang, Ren, Urtasun", 2019, "ICLR", "arxiv:1810.05749", (13,),
          "Graph hypernetworks for neural architecture search", "GHN",
          "Scores with generated weights rank better than one step of training at equal time"),
    Paper("chen2018", "Chen, Collins, Zhu, Papandreou, Zoph, Schroff, Adam, Shlens", 2018, "NeurIPS", "arxiv:1809.04184", (14,),
          "Searching for efficient multi-scale architectures for dense image prediction", "dense prediction cell space",
          "The proxy on cached features ranks cells like full training"),
    Paper("nekrasov2018", "Nekrasov, Chen, Shen, Reid", 2018, "arXiv", "arxiv:1810.10804", (14,),
          "Fast neural architecture search of compact semantic segmentation models via auxiliary cells",
          "encoder-decoder search, auxiliary cells, distillation",
          "Auxiliary cells and distillation raise the reward at equal, short training"),
    Paper("liu2019a", "Liu, Chen, Schroff, Adam, Hua, Yuille, Fei-Fei", 2019, "CVPR", "arxiv:1901.02985", (3, 14),
          "Auto-DeepLab: hierarchical neural architecture search for semantic image segmentation",
          "two-level relaxation, Viterbi decoding",
          "Decoded networks beat random paths with the same cell",
          built="partly: the space (`nt.spaces.TrellisSpace`) with the published sizes and heads, and the network that was found"),
    Paper("wong2018", "Wong, Houlsby, Lu, Gesmundo", 2018, "NeurIPS", "arxiv:1803.02780", (14,),
          "Transfer learning with neural AutoML", "multi-task controller with task embeddings",
          "A transferred controller beats one from scratch in the first trials"),
    Paper("greff2015", "Greff, Srivastava, Koutník, Steunebrink, Schmidhuber", 2015, "arXiv", "arxiv:1503.04069", (15,),
          "LSTM: a search space odyssey", "eight LSTM variants, fANOVA",
          "Without forget gate or output activation the LSTM is worse"),
    Paper("jozefowicz2015", "Jozefowicz, Zaremba, Sutskever", 2015, "ICML", "https://proceedings.mlr.press/v37/jozefowicz15.html", (15,),
          "An empirical exploration of recurrent network architectures", "evolutionary search, MUT1-3",
          "A positive forget bias is decisive for long lags"),
    Paper("liang2018", "Liang, Meyerson, Miikkulainen", 2018, "GECCO", "arxiv:1803.03745", (16,),
          "Evolutionary architecture search for deep multitask networks", "soft ordering, CM, CMSR, CTR, CMTR, CoDeepNEAT",
          "Evolved routing is not worse than a fixed shared order at equal training"),
    Paper("meyerson2018", "Meyerson, Miikkulainen", 2018, "ICML", "arxiv:1803.04062", (16,),
          "Pseudo-task augmentation: from deep multitask learning to intratask sharing and back", "decoders and their control",
          "Several decoders beat one on little data"),
    Paper("han2015", "Han, Pool, Tran, Dally", 2015, "NeurIPS", "arxiv:1506.02626", (17,),
          "Learning both weights and connections for efficient neural networks", "prune and retrain",
          "A pruned network that is trained again loses no accuracy"),
    Paper("han2016", "Han, Mao, Dally", 2016, "ICLR", "arxiv:1510.00149", (17,),
          "Deep compression: compressing deep neural networks with pruning, trained quantization and Huffman coding",
          "pruning, trained quantization, Huffman coding",
          "Pruning and trained quantization together lose no accuracy"),
    Paper("cheng2018", "Cheng, Wang, Zhou, Zhang", 2018, "IEEE Signal Processing Magazine", "doi:10.1109/MSP.2017.2765695", (17,),
          "Model compression and acceleration for deep neural networks: the principles, progress, and challenges",
          "the four families side by side (pruning and sharing, low rank, compact filters, distillation)",
          "The families differ at equal size, and the budget decides which is best"),
    Paper("liu2017", "Liu, Li, Shen, Huang, Yan, Zhang", 2017, "ICCV", "arxiv:1708.06519", (17,),
          "Learning efficient convolutional networks through network slimming", "slimming",
          "Channels with small scales can go without loss of accuracy"),
    Paper("gordon2018", "Gordon, Eban, Nachum, Chen, Wu, Yang, Choi", 2018, "CVPR", "arxiv:1711.06798", (17,),
          "MorphNet: fast and simple resource-constrained structure learning of deep networks",
          "shrink and expand under a resource",
          "At equal mult-adds the morphed widths beat the seed's"),
    Paper("liu2019c", "Liu, Sun, Zhou, Huang, Darrell", 2019, "ICLR", "arxiv:1810.05270", (17,),
          "Rethinking the value of network pruning", "scratch-E and scratch-B protocol",
          "A pruned structure trained from scratch is not worse than a fine-tuned one"),
    Paper("cao2019", "Cao, Wang, Kitani", 2019, "ICLR", "arxiv:1902.00383", (17,),
          "Learnable embedding space for efficient neural architecture compression",
          "learned-kernel Bayesian optimisation over compressions",
          "The learned kernel finds better compressions than random search"),
    Paper("ramachandran2018", "Ramachandran, Le", 2018, "AutoML workshop at ICML", "", (18,),
          "Dynamic network architectures", "per-example routing",
          "Routing by example lowers the error at equal computation"),
    Paper("cubuk2017", "Cubuk, Zoph, Schoenholz, Le", 2017, "arXiv", "arxiv:1711.02846", (18,),
          "Intriguing properties of adversarial examples", "search with a robust reward, entropy regularisation",
          "The adversarial error follows a power law in the size of the attack"),
    Paper("ying2019", "Ying, Klein, Real, Christiansen, Murphy, Hutter", 2019, "ICML", "arxiv:1902.09635", (2, 4, 19),
          "NAS-Bench-101: towards reproducible neural architecture search", "the space, its hash, its protocol, its file format",
          "Regularised evolution has less regret than random search",
          built="partly: the space (`nt.spaces.NASBench101`) with all 423,624 graphs, their hash and their network; "
                "its file (`nt.estimators.NASBench101File`); its claims on tables (`nt.claims`)"),
    Paper("interpretability", "", 2019, "open question of the reading list", "", (20,),
          "What do found architectures have in common, and why do they work?",
          "fANOVA of decisions, motif statistics, WL-kernel gradients, landscape analysis, maps",
          "Motifs learned on some cells tell good from bad among unseen ones"),
)
# fmt: on
