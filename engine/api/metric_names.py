"""Names of what is measured, as people write them; the keys are those of `metrics.jsonl`."""

from __future__ import annotations

METRIC_NAMES = {
    "miou": "mIoU",
    "ap": "AP",
    "ap50": "AP50",
    "ap75": "AP75",
    "psnr_db": "PSNR in dB",
    "ssim": "SSIM",
    "mse": "MSE",
    "spoilt_mse": "MSE of the spoilt pictures",
    "kl": "KL divergence",
    "mig": "mutual information gap",
    "factor_vae_score": "FactorVAE score",
    "elbo_nats": "ELBO in nats",
    "reconstruction_nats": "reconstruction in nats",
    "divergence_nats": "KL divergence in nats",
    "bits_per_dimension": "bits per dimension",
    "frechet_distance": "Fréchet distance",
    "fid_digit_network": "Fréchet distance (digit network)",
    "kid_digit_network": "kernel distance (digit network)",
}


def metric_name(key: str) -> str:
    """Return how people write a number; of one that is not known, its words."""
    return METRIC_NAMES.get(key, key.replace("_", " "))


METRIC_MEANINGS = {
    "covering_distance": "the Fréchet distance, times 3 % / smallest share of a class among the "
    "samples where that is above 1: weights that leave a class out are never the best",
    "frechet_distance": "between features of generated and of real pictures, each taken as a "
    "Gaussian; 0 where these agree",
    "fid_digit_network": "Fréchet distance between features of samples and of real digits, by the "
    "network that ships; not comparable with Inception's",
    "kid_digit_network": "squared maximum mean discrepancy of the same features",
    "class_consistency": "share of the samples that the digit network calls what was asked for",
    "elbo_nats": "evidence lower bound a picture, below the logarithm of its likelihood; averaged "
    "over codes drawn from the posterior",
    "bits_per_dimension": "the negative bound, divided by the number of values and by log 2",
    "active_axes": "axes along which the mean of the posterior varies by more than 0.01",
    "mig": "how much more one axis knows of a factor than any second one, a mean over factors",
    "factor_vae_score": "how often the axis that varies least tells which factor was held",
    "psnr_db": "peak signal-to-noise ratio: -10 log10 of the MSE of values in [0, 1]",
    "mse": "mean squared error of values in [0, 1]",
}


def metric_meaning(key: str) -> str:
    """Return in one sentence what a number is; empty where its name says it."""
    return METRIC_MEANINGS.get(key, "")
