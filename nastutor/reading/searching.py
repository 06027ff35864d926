"""What there is to search and how: the papers of the survey's first two dimensions, search space and search strategy."""

from nastutor.reading.paper import Paper

# fmt: off
SEARCHING: tuple[Paper, ...] = (
    Paper("zoph2018", "Zoph, Vasudevan, Shlens, Le", 2018, "CVPR", "arxiv:1707.07012", (2, 7, 10),
          "Learning transferable architectures for scalable image recognition",
          "NASNet space (normal and reduction cells), PPO controller, scheduled drop-path, short-training proxy, transfer by stacking",
          "A cell found with a small network is good in a larger one",
          built="partly: the space (`nt.spaces.NASNetSpace`) with scheduled drop-path and auxiliary head, NASNet-A at all three sizes (`nt.zoo`), "
                "its controller (`nt.PPO`), whose samples are better than random ones on digits-tiny with 10 seeds (`nt.claims`, p = 9e-5, and so with "
                "10 others; the last 50 of 150 err by 11.7 % on average, random ones by 22.5 %; the best that either saw by 7.7 % and 7.4 %), and on "
                "digits-cells with 50 (p = 3e-17; 15.5 % and 18.7 %; the best 11.0 % and 11.3 %); not yet the short-training proxy"),
    Paper("real2019", "Real, Aggarwal, Huang, Le", 2019, "AAAI", "arxiv:1802.01548", (2, 4, 8),
          "Regularized evolution for image classifier architecture search",
          "regularised evolution; AmoebaNet-A; comparison of reinforcement learning, random search and evolution",
          "Under noisy evaluations, removing the oldest finds truly better architectures than removing the worst",
          built="partly: `nt.RegularizedEvolution` and its ablations, the space (`nt.spaces.AmoebaNetSpace`), AmoebaNet-A (`nt.zoo`), its claim "
                "(`nt.claims`) in three regimes of noise. On digits-tiny (a population of 5) ageing is not better but worse, true error 0.126 against 0.103; "
                "that it is worse in a small population that searches for long has p = 0.005, and 0.11 with 50 other seeds. On digits-cells (50 seeds) it is "
                "no better where noise is as large as the spread (0.120 and 0.120, p = 0.8), does no harm with the noise of single trainings (p = 2e-7 for "
                "a margin fixed beforehand), and is worse with P = 20 and 4,000 evaluations (0.125 and 0.119, p = 0.003)"),
    Paper("brock2017", "Brock, Lim, Ritchie, Weston", 2017, "arXiv", "arxiv:1708.05344", (1, 13),
          "SMASH: one-shot model architecture search through HyperNetworks", "memory-bank space, HyperNet, ranking",
          "Errors with generated weights rank architectures like errors after training",
          built="partly: the space (`nt.spaces.MemoryBankSpace`) with the sizes and odds of the release, its binary code and its network, the hypernetwork "
                "with its blind control (`nt.estimators.SMASH`), ranking, perturbing and climbing (`nt.Perturbation`), its claims (`nt.claims`), not "
                "supported on 600 digits: after 250 steps the errors of 50 networks with written weights (0.78 in the mean) agree with theirs "
                "alone by a Kendall tau of -0.04 (p = 0.72), those of a blind hypernetwork by -0.07 (p = 0.37), the number of parameters by 0.26"),
    Paper("elsken2017", "Elsken, Metzen, Hutter", 2017, "arXiv", "arxiv:1711.04528", (6, 12),
          "Simple and efficient architecture search for convolutional neural networks",
          "hill climbing by network morphisms, cosine annealing",
          "At equal epochs, selection among morphed children beats a random chain of morphisms",
          built="partly: the climb (`nt.NASH`), the space that edits open (`nt.spaces.EditSpace`) and the edits (`nt.edits`), which carry no weights yet; "
                "afresh, after 30 networks of `digits-tiny` the climb stands at an error of 0.09, the chain at 0.26 (and so their test errors), "
                "the best of a random search at 0.08; after 200 of `digits-cells` at 0.116, the chain at 0.174, random search at 0.113"),
    Paper("elsken2019", "Elsken, Metzen, Hutter", 2019, "ICLR", "arxiv:1804.09081", (8, 12, 17),
          "Efficient multi-objective neural architecture search via Lamarckian evolution",
          "multi-objective evolution, exact and approximate morphisms, density sampling",
          "Sampling parents where the front is sparse spreads the front",
          built="partly: the strategy (`nt.LEMONADE`) with its archive, its densities and both draws, on `nt.spaces.EditSpace` or any space, and edits that "
                "grow and shrink (`nt.edits`); not yet the half that is Lamarckian, children that start from their parents' weights. On digits-tiny (30 "
                "trials) drawing by density spans more decades of parameters than drawing uniformly (0.32 and 0.27, p = 0.002) and does not cover more; on "
                "digits-cells (200 trials) neither (0.40 and 0.38, p = 0.2)"),
    Paper("cai2018b", "Cai, Yang, Zhang, Han, Yu", 2018, "ICML", "arxiv:1806.02639", (3, 7, 12),
          "Path-level network transformation for efficient architecture search",
          "path-level edits, tree-structured cells, tree-LSTM controller",
          "Children by path-level edits reach a given accuracy sooner than the same cell from scratch",
          built="partly: the space of tree-structured cells (`nt.spaces.PathLevelSpace`), TreeCell-A in DenseNet and PyramidNet (`nt.zoo`), "
          "its controller with the tree-LSTM (`nt.PathLevelEAS`); not yet edits that keep what a network computes, nor its claim"),
    Paper("liu2019b", "Liu, Simonyan, Yang", 2019, "ICLR", "arxiv:1806.09055", (2, 9, 13, 15),
          "DARTS: differentiable architecture search",
          "CNN and RNN cells, first and second order, derivation, evaluation network",
          "The derived cell is better than the mean random cell after equal training",
          built="partly: the spaces of derived cells (`nt.spaces.DARTSSpace`) and of recurrent ones (`nt.spaces.RecurrentSpace`), the evaluation network, "
                "DARTS_V1 and DARTS_V2 (`nt.zoo`), the search itself (`nt.DARTS` over `nt.estimators.SharedWeights`) in first and second order, with the "
                "published number of weights of its supernet, of recurrent cells too, read row by row; the curvature that tells of its collapse "
                "(`nt.estimators.Curvature`); derived networks under its recipe for CIFAR-10 (`python -m nastutor derived`), tried for two steps "
                "only; its claim on the smallest table, where derived cells are better than the mean cell, and not than the best of as many random ones as a "
                "search costs (chapter 9), and where skips do not grow with the search (p = 0.75); "
                "recurrent cells searched on made-up texts (`nastutor.methods.recurrent`); not yet language models of words"),
    Paper("zhong2018a", "Zhong, Yan, Wu, Shao, Liu", 2018, "CVPR", "arxiv:1708.05552", (2, 7),
          "Practical block-wise neural network architecture generation",
          "network structure code, Q-learning, shaped reward, early-stop reward",
          "A reward shared by all steps speeds up learning and avoids stopping at once",
          built="partly: the space of blocks (`nt.spaces.BlockQNNSpace`), its code, Q-learning with shared and early-stop rewards (`nt.QLearning`)"),
    Paper("zhong2018b", "Zhong, Yang, Deng, Yan, Wu, Shao, Liu", 2018, "arXiv", "arxiv:1808.05584", (2, 7),
          "BlockQNN: efficient block-wise neural network architecture generation",
          "asynchronous distributed variant, block transfer",
          "The corrected early-stop reward ranks blocks better than the early accuracy",
          built="partly: the corrected reward (`nt.QLearning`, mu and rho), its weights by least squares, searches with many blocks in flight (`nt.simulate`, "
                "`nt.Workers`), its claim (`nt.claims`): not supported on digits-tiny after one of twelve epochs (p = 0.13; the weights have the other sign: "
                "networks of more operations gain more in later epochs), supported on digits-cells, with weights of that other sign again (rank correlation "
                "of the accuracy after one epoch with the last 0.16, corrected 0.45, p = 0.001); not yet blocks stacked for ImageNet"),
    Paper("liu2018b", "Liu, Simonyan, Vinyals, Fernando, Kavukcuoglu", 2018, "ICLR", "arxiv:1711.00436", (3, 4, 8),
          "Hierarchical representations for efficient architecture search",
          "motif hierarchy, tournament evolution, random search",
          "Evolution beats random search at equal evaluations, and hierarchical genotypes beat flat ones",
          built="partly: the space (`nt.spaces.HierarchicalSpace`), its mutations and its flat twin, the search (`nt.TournamentEvolution`); that a thousand "
                "mutations make a uniform sample is tested. On digits-tiny (30 trials, too few for 5 % to be more than two) it is not better than random "
                "search; on digits-cells (200 trials) it is, by far (validation regret 0.0046 and 0.0093, p = 1e-7; test regret 0.0085 and 0.0148). On 400 "
                "digits (30 networks of two epochs, ten recorded seeds) its claims (`nt.claims`) are not supported: hierarchical genotypes "
                "come to 0.70, flat ones to 0.73 (p = 0.13), random hierarchical ones to 0.71 (p = 0.54)"),
    Paper("bergstra2011", "Bergstra, Bardenet, Bengio, Kégl", 2011, "NeurIPS",
          "https://papers.nips.cc/paper/2011/hash/86e8f7ab32cfd12577bc2619bc635690-Abstract.html", (5,),
          "Algorithms for hyper-parameter optimization",
          "TPE, GP baseline, conditional spaces",
          "TPE beats random search at equal trials in a conditional space",
          built="partly: TPE (`nt.TPE`) for conditional spaces, with numbers and hyperopt's and BOHB's variants; a Gaussian process "
          "over one-hot codes (`nt.GaussianProcess`). On digits-tiny (30 trials) the claim is not supported; on digits-cells (200 trials) it is (validation "
          "regret 0.0055 and 0.0093, p = 4e-6; test regret 0.0094 and 0.0148), and more so if no network is asked for twice (0.0031)"),
    Paper("bergstra2013", "Bergstra, Yamins, Cox", 2013, "ICML", "arxiv:1209.5111", (5,),
          "Making a science of model search", "large conditional vision space searched by TPE",
          "TPE beats random search in a large conditional space of vision models",
          built="partly: the space with its 238 hyperparameters (`nt.spaces.VisionPipelineSpace`) and its pipelines with untrained filters "
                "(`nt.estimators.Pipeline`), on digits; pipelines of its shape with trained filters (`nt.spaces.FilterBankSpace`). After 60 pipelines, "
                "ten seeds, TPE has an error of 0.0065 on digits and random search 0.0096 (p = 0.02); about half of all pipelines do not fit the image"),
    Paper("hutter2011", "Hutter, Hoos, Leyton-Brown", 2011, "LION", "doi:10.1007/978-3-642-25566-3_40", (5,),
          "Sequential model-based optimization for general algorithm configuration",
          "random-forest model, expected improvement, intensification",
          "Intensification over seeds picks truly better incumbents than single runs",
          built="partly: SMAC (`nt.SMAC`): forest, expected improvement by local search, interleaved random, intensification over repeats; not yet "
          "instances. On digits-tiny (30 trials) SMAC beats random search clearly, by test regret too, and intensification single runs (p = 0.007); on "
          "digits-cells (100 trials) SMAC does so too (validation regret 0.0076 and 0.0118, p = 3e-5), while intensification is at the edge (p = 0.05)"),
    Paper("mendoza2016", "Mendoza, Klein, Feurer, Springenberg, Hutter", 2016, "AutoML workshop at ICML",
          "https://proceedings.mlr.press/v64/mendoza_towards_2016.html", (5,),
          "Towards automatically-tuned neural networks",
          "Auto-Net's conditional space, SMAC",
          "SMAC beats random search in the space of Auto-Net",
          built="partly: the space with its 63 hyperparameters and its networks (`nt.spaces.AutoNetSpace`), trained by the solver, the policy and the first "
                "weights that it decides, and SMAC; its claim (`nt.claims`), tested where sgd and nesterov are decided alone, is not supported on 200 "
                "digits: the best of 30 networks has 0.137 by SMAC and 0.132 by random search (30 recorded seeds, p = 0.6)"),
    Paper("swersky2013", "Swersky, Duvenaud, Snoek, Hutter, Osborne", 2013, "Bayesian optimization workshop at NeurIPS", "arxiv:1409.4011", (5,),
          "Raiders of the lost architecture: kernels for Bayesian optimization in conditional parameter spaces",
          "arc kernel in a Gaussian process",
          "The arc kernel predicts better than a flat embedding in a conditional space",
          built="partly: the arc kernel (`nt.kernels.Arc`) in a Gaussian process, with the radius and arc of each decision learned. On a made-up function of "
                "widths that exist or do not it predicts better than one-hot codes (a test; 20 splits); no table has conditional decisions"),
    Paper("kandasamy2018", "Kandasamy, Neiswanger, Schneider, Póczos, Xing", 2018, "NeurIPS", "arxiv:1802.07191", (5,),
          "Neural architecture search with Bayesian optimisation and optimal transport",
          "OTMANN distance and kernels, evolutionary search of the acquisition",
          "Networks at a small OTMANN distance differ little in error",
          built="partly: OTMANN distance, its normalised twin and their kernel (`nt.kernels.OTMANN`), equal to the release's on its own networks, and "
                "Bayesian optimisation with its modifiers (`nt.NASBOT`); no pool of hand-made first networks. On digits-tiny near networks are alike (rank "
                "correlation 0.45, p = 0.001); networks left out one at a time are ranked at tau 0.67, against 0.57 with one-hot codes (p = 0.049), but "
                "learned from half of them the kernel is not better (0.47 against 0.52). On digits-cells near networks are alike (0.27, p = 0.001), and the "
                "kernel is not better at ranking (tau 0.59 and 0.60)"),
    Paper("domhan2015", "Domhan, Springenberg, Hutter", 2015, "IJCAI", "https://www.ijcai.org/Proceedings/15/Papers/487.pdf", (5, 11),
          "Speeding up automatic hyperparameter optimization of deep neural networks by extrapolation of learning curves",
          "eleven curve families, MCMC, predictive termination",
          "Predictive termination saves epochs and keeps the incumbent"),
    Paper("zela2018", "Zela, Klein, Falkner, Hutter", 2018, "AutoML workshop at ICML", "arxiv:1807.06906", (5, 10),
          "Towards automated deep learning: efficient joint neural architecture and hyperparameter search",
          "joint architecture and hyper-parameter search with BOHB",
          "Ranks agree between near budgets and disagree between far ones",
          built="partly: its residual networks, shaken in training (`nt.spaces.ResidualSpace`), together with their training, mix-up and cutout among "
          "it (`nt.spaces.JointSpace`), for TPE and SMAC; its claims (`nt.claims`) on `digits-hpo` (1,800 trainings of cells, 50 seeds): Spearman's "
          "correlation with 27 epochs is 0.79 after 3 and 0.92 after 9, supported (p = 0.002); both at once against one after the other by TPE, 180 trials, "
          "supported by validation error, as planned (regret 0.001 and 0.006, random search 0.011, p < 0.001), while the test error of what is found is "
          "worse (regret 0.011 and 0.005): with one run each, the search at once finds the luckiest; not BOHB"),
    Paper("negrinho2017", "Negrinho, Gordon", 2017, "arXiv", "arxiv:1704.08792", (6,),
          "DeepArchitect: automatically designing and training deep architectures",
          "modular space language, MCTS, bisection tree, SMBO",
          "MCTS with bisection and SMBO beat random search at equal evaluations",
          built="partly: the language (`nt.spaces.ModuleSpace`) with the release's spaces, MCTS and its bisection (`nt.MCTS`), n-grams (`nt.NGramSMBO`), "
                "their claims (`nt.claims`): after 30 networks of `digits-tiny` neither bisection nor n-grams are better than random search; after 64 of "
                "`digits-cells` n-grams are (validation regret 0.0095 and 0.0135, p = 3e-5), and bisection is not (0.0191; with 50 other "
                "seeds 0.0154 beside 0.0152)"),
    Paper("wistuba2017", "Wistuba", 2017, "arXiv", "arxiv:1712.07420", (6,),
          "Finding competitive network architectures within a day using UCT", "UCT",
          "At equal trials the incumbent of UCT is better than that of random search",
          built="partly: UCT (`nt.MCTS`) and its claim (`nt.claims`), not supported after 30 networks of `digits-tiny` by validation regret, which decides (30 "
                "seeds, p = 0.21), although its test regret is smaller (0.0036 and 0.0067, p = 0.009), nor after 200 of `digits-cells` (0.0083 and 0.0093, p "
                "= 0.08); not its two ways of sharing information between branches, nor inherited weights"),
    Paper("baker2017a", "Baker, Gupta, Naik, Raskar", 2017, "ICLR", "arxiv:1611.02167", (1, 7),
          "Designing neural network architectures using reinforcement learning", "Q-learning over chain space, replay",
          "The mean accuracy of sampled networks rises as epsilon falls",
          built="partly: the space (`nt.spaces.MetaQNNSpace`) and the published networks, Q-learning with its states, replay and schedule (`nt.QLearning`), "
                "its claim: supported on digits-tiny (10 seeds: the networks sampled err by 23.2 % at epsilon 1, by 10.9 % at 0.1) "
                "and on digits-cells (50 seeds: by 18.9 % and 15.3 %)"),
    Paper("zoph2017", "Zoph, Le", 2017, "ICLR", "arxiv:1611.01578", (1, 7, 15),
          "Neural architecture search with reinforcement learning",
          "RNN controller, REINFORCE, skip anchors, recurrent cell search",
          "At equal samples the policy's architectures are better than random ones",
          built="partly: the space of convolutional networks (`nt.spaces.NASRLSpace`), the strategy (`nt.REINFORCE`) with anchor points, "
          "growing depth and the cubed reward of the last epochs, the space of recurrent cells (`nt.spaces.RecurrentTreeSpace`) and NASCell (`nt.zoo`), "
          "its claim: supported on digits-tiny with 50 seeds (p = 4e-18; the last 50 of 150 err by 10.2 % on average, random ones by 23.0 %; the best "
          "that either saw by 8.1 % and 7.5 %), and on digits-cells (p = 4e-18; 14.3 % and 18.7 %; the best 10.8 % and 11.3 %); a baseline takes the variance "
          "of the first policy's gradient down to a 17th, on "
          "digits-cells to a 100th"),
    Paper("cai2018a", "Cai, Chen, Zhang, Yu, Wang", 2018, "AAAI", "arxiv:1707.04873", (7, 12),
          "Efficient architecture search by network transformation",
          "reinforcement-learning meta-controller with wider and deeper actors",
          "The learned transformations beat random ones",
          built="partly: the meta-controller (`nt.EAS`) on chains (`nt.spaces.EditSpace`), its claim on made-up accuracies (`nt.claims`), supported by a "
          "record of ten seeds: accuracy 0.869 learnt, 0.801 at random (p = 9e-5); not yet weights that are carried over, nor DenseNets"),
    Paper("xie2019", "Xie, Zheng, Liu, Lin", 2019, "ICLR", "arxiv:1812.09926", (9, 13),
          "SNAS: stochastic neural architecture search", "concrete relaxation, resource constraint",
          "A derived SNAS network keeps the accuracy of its supernet",
          built="partly: the strategy (`nt.SNAS`) with its temperature and resource term, over shared weights (`nt.estimators.SharedWeights`); its claim on "
          "the smallest table, where it holds: what little its mixtures know stays (chapter 9)"),
    Paper("cai2019", "Cai, Zhu, Han", 2019, "ICLR", "arxiv:1812.00332", (9, 13, 17),
          "ProxylessNAS: direct neural architecture search on target task and hardware",
          "binary gates, latency model, mobile space",
          "Binary gates search with the memory of one path, and the latency term moves the result",
          built="partly: the space (`nt.spaces.MobileSpace`) with the published networks for ImageNet, the strategy (`nt.ProxylessNAS`): binary "
          "gates of two paths on a supernet of it, a resource term with measured latencies; its REINFORCE variant (`nt.ProxylessREINFORCE`); "
          "that dearer multiply-adds move the result, on the smallest table, where they do (chapter 9): at prices from 0.3 to the cheapest cell "
          "always, from 0 to 0.1 little by little (p = 0.016), with errors that rise (p = 0.006)"),
    Paper("shin2018", "Shin, Packer, Song", 2018, "ICLR workshop", "https://openreview.net/forum?id=BJ-MRKkwG", (9,),
          "Differentiable neural network architecture search", "differentiable layer hyper-parameters",
          "Learned filter sizes and widths are not worse than those by hand",
          built="partly: kernels, widths, depths and windows as continuous numbers (`nt.DAS`) over masks on shared weights (`nt.spaces.SizeSpace`), rounded "
                "and trained alone; not its own networks. Its claims (`nt.claims`) on 600 digits, kernels of four layers, ten recorded seeds: "
                "a search from 1x1 errs by 8.0 % where 1x1 errs by 75.9 % (p = 0.001), 3x3 by hand by 6.1 %: that it is not worse by 2 points is not supported "
                "(p = 0.34)"),
    Paper("ahmed2018", "Ahmed, Torresani", 2018, "ECCV", "arxiv:1807.11473", (9,),
          "MaskConnect: connectivity learning by gradient descent", "learned connectivity masks",
          "Learned connections beat random ones with the same fan-in",
          built="partly: the masks (`nt.MaskConnect`) over the skips of `nt.spaces.MacroSpace`, its claims (`nt.claims`), not supported on the images of "
                "digits-tiny: six layers of 4 channels, trained for 8 epochs, err by 0.69 with learnt skips, by 0.67 with random ones (p = 0.75) and by 0.73 "
                "without (p = 0.22); not modules as those of ResNeXt"),
    Paper("klein2018", "Klein, Christiansen, Murphy, Hutter", 2018, "workshop at ICML", "https://openreview.net/forum?id=rJeMCSnml7", (4, 19),
          "Towards reproducible neural architecture and hyperparameter search",
          "tabular comparison of Bayesian optimisation and evolution",
          "On tables, comparisons of searches become cheap enough to repeat"),
)
# fmt: on
