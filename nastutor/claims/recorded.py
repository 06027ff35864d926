"""The claims that have a record of their own, by chapter; `listed` has them among all others."""

from nastutor.claims import banks, connecting, fabrics, policies, prices, single_paths, sizing

RECORDED = (*prices.CLAIMS, *sizing.CLAIMS, *connecting.CLAIMS, *policies.CLAIMS, *single_paths.CLAIMS, *fabrics.CLAIMS, *banks.CLAIMS)
