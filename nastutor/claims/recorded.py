"""The claims that have a record of their own, by chapter; `listed` has them among all others."""

from nastutor.claims import autonets, banks, connecting, fabrics, motifs, policies, prices, single_paths, sizing, transforming

RECORDED = (
    *(*autonets.CLAIMS, *transforming.CLAIMS, *motifs.CLAIMS),
    *(*prices.CLAIMS, *sizing.CLAIMS, *connecting.CLAIMS, *policies.CLAIMS, *single_paths.CLAIMS, *fabrics.CLAIMS, *banks.CLAIMS),
)
