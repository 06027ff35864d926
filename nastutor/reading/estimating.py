"""What an architecture is worth: the papers of the survey's third dimension, performance estimation."""

from nastutor.reading.paper import Paper

# fmt: off
ESTIMATING: tuple[Paper, ...] = (
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
          "The edit-distance kernel predicts unseen networks",
          built="partly: the edit distance with its points (`nt.kernels.EditDistance`), the tree search of edits with simulated annealing (`nt.AutoKeras`), "
                "which tells from which trained network and by which edits; weights follow when edits carry them. On digits-tiny the kernel foresees unseen "
                "networks (tau 0.13, p = 0.005) far worse than the number of parameters does (0.61), as the distance sees no kernel sizes, and the search "
                "is not better than random search: worse in 50 seeds (0.0104 beside 0.0073), not told apart in 50 others. On digits-cells the kernel has tau "
                "0.26 among 100 networks (p = 0.005) and 0.01 among 100 others (p = 0.14), the number of parameters 0.50 and 0.54, one-hot codes 0.60 and "
                "0.59"),
    Paper("saxena2016", "Saxena, Verbeek", 2016, "NeurIPS", "arxiv:1606.02492", (3, 13),
          "Convolutional neural fabrics", "fabrics",
          "Performance is insensitive to layers and channels once both are large enough",
          built="partly: the space (`nt.spaces.FabricSpace`), its paths, the whole fabric, dense and sparse, with the published numbers, its training as a "
                "whole and pruning by weight (`nt.estimators.Fabric`): on 500 digits, ten seeds, 80 steps, the whole has an error of 0.07, without the "
                "weakest third of its convolutions 0.30, without a random third 0.49 (p = 0.014); "
                "its claims (`nt.claims`) on 600 digits: pruning is supported (0.23 and 0.63, p = 0.001), insensitivity is not (4 layers of 16 channels have "
                "0.036, of 8 0.066, 8 layers of 8 0.063; p = 0.96); not training for pixels"),
    Paper("pham2018", "Pham, Guan, Zoph, Le, Dean", 2018, "ICML", "arxiv:1802.03268", (2, 13, 15),
          "Efficient neural architecture search via parameter sharing", "macro, micro and RNN spaces, shared weights, controller",
          "Sharing makes the search at least ten times cheaper at a final error that is not worse",
          built="partly: the spaces of whole networks, of cells and of recurrent cells (`nt.spaces.MacroSpace`, `nt.spaces.ENASMicroSpace`, "
                "`nt.spaces.RecurrentSpace`), the published networks, the search (`nt.ENAS` over `nt.estimators.SharedWeights`) with its three controllers, "
                "the supernets of all three, recurrent cells on made-up texts; its claims "
                "(`nt.claims`), not supported on digits-tiny: what the search finds in 25 epochs errs by 0.20, what REINFORCE finds in 21 whole trainings by "
                "0.09 (p = 1), its policy draws hardly better than chance (0.20 and 0.23, p = 0.14), and without its controller it is not worse (0.18, "
                "p = 0.76); not language models of words"),
    Paper("bender2018", "Bender, Kindermans, Zoph, Vasudevan, Le", 2018, "ICML", "https://proceedings.mlr.press/v80/bender18a.html", (13,),
          "Understanding and simplifying one-shot architecture search", "path dropout, one-shot ranking",
          "One-shot and stand-alone accuracies are rank-correlated, more so with path dropout",
          built="partly: path dropout with its schedule, ghost batch norm with a mask for each, judging by zeroing out (`nt.OneShot` over "
                "`nt.estimators.SharedWeights`), the ranking tool (`nt.comparing.ranking`), its claim on digits-tiny with ten supernets (`nt.claims`): "
                "Kendall's tau with test errors 0.55, without path dropout 0.08, by how little predictions change 0.25, by the number of parameters 0.63; of "
                "supernets trained path by path 0.31 with batch norm by the images judged, 0.12 by stored statistics (p = 0.001); not yet its space"),
    Paper("sciuto2019", "Sciuto, Yu, Jaggi, Musat, Salzmann", 2019, "arXiv", "arxiv:1902.08142", (4, 13),
          "Evaluating the search phase of neural architecture search", "random baseline, ranking disorder of weight sharing",
          "Shared weights rank architectures worse than a cheap stand-alone training", built="partly: the random baseline (`nt.RandomSearch`), "
          "the comparison of rankings (`nt.comparing.ranking`, `surpassing`), the protocol against one random architecture a seed "
          "(`nt.comparing.search_phase`), its claim (`nt.claims`), not supported on digits-tiny: Kendall's tau with test errors 0.18 by one epoch each, 0.31 "
          "by ten supernets that were trained path by path for as many images (p = 0.87); random search with weight sharing is not better than with early "
          "stopping (test errors 0.109 and 0.096, p = 0.97), nor shown to be no worse than DARTS (0.140 and 0.150, margin 0.02, p = 0.25)"),
    Paper("zhang2019", "Zhang, Ren, Urtasun", 2019, "ICLR", "arxiv:1810.05749", (13,),
          "Graph hypernetworks for neural architecture search", "GHN",
          "Scores with generated weights rank better than one step of training at equal time",
          built="partly: the hypernetwork over any graph of known operations, forward and backward, stacked, by chunks, with its controls "
                "(`nt.estimators.GHN`), and its two claims (`nt.claims`), not supported on digits-tiny with ten hypernetworks: Kendall's tau with test "
                "errors 0.24, 0.18 by one epoch each (p = 0.27), 0.27 without messages (p = 0.70), 0.63 by the number of parameters; not yet classifiers on "
                "the way (any-time prediction)"),
)
# fmt: on
