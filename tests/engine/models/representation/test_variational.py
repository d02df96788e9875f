"""The variational autoencoders: bound, sampling, classes."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from engine.core.latent_model import Encoder, LatentModel, ProbabilisticEncoder
from engine.losses.bernoulli_likelihood import reconstruction_nats
from engine.losses.gaussian_divergence import gaussian_divergence
from engine.models.representation.beta_vae import BetaVae, BetaVaeConfig
from engine.models.representation.conditional_vae import ConditionalVae, ConditionalVaeConfig
from engine.models.representation.vae import Vae, VaeConfig, paper_config, reparameterised

SAMPLES = 4000


def small_vae() -> Vae:
    torch.manual_seed(0)
    config = VaeConfig(image_size=8, latent_dimensions=2, layout="fully-connected", hidden_units=16)
    return Vae(config).eval()


@torch.no_grad()
def test_the_bound_lies_below_the_likelihood_estimated_by_importance_sampling() -> None:
    model = small_vae()
    images = (torch.rand(5, 1, 8, 8) > 0.5).float()
    mean, log_variance = model.posterior(images)
    posterior = Normal(mean, (log_variance / 2).exp())
    latents = posterior.sample((SAMPLES,))  # (K, B, Z)
    logits = model.decode_logits(latents.flatten(0, 1)).view(SAMPLES, 5, 1, 8, 8)
    likelihood = Bernoulli(logits=logits).log_prob(images).flatten(2).sum(dim=2)
    prior = Normal(0.0, 1.0).log_prob(latents).sum(dim=2)
    weights = likelihood + prior - posterior.log_prob(latents).sum(dim=2)
    log_likelihood = weights.logsumexp(dim=0) - torch.tensor(float(SAMPLES)).log()
    divergence = gaussian_divergence(mean, log_variance).sum(dim=1)
    nats = reconstruction_nats(logits.flatten(0, 1), images.repeat(SAMPLES, 1, 1, 1))
    bound = -nats.view(SAMPLES, 5).mean(dim=0) - divergence
    assert (bound <= log_likelihood).all()
    # The two differ by the divergence from the true posterior: not by orders of magnitude here.
    assert (log_likelihood - bound).max() < 5


def test_the_gradient_through_a_sample_is_the_analytical_one() -> None:
    # d/dmean E[z^2] = 2 mean, d/dlogvar E[z^2] = variance.
    torch.manual_seed(0)
    mean = torch.tensor([[0.7]], requires_grad=True)
    log_variance = torch.tensor([[-0.4]], requires_grad=True)
    draws = reparameterised(mean.expand(200_000, 1), log_variance.expand(200_000, 1))
    draws.square().mean().backward()
    assert mean.grad is not None
    assert log_variance.grad is not None
    torch.testing.assert_close(mean.grad, 2 * mean.detach(), rtol=0.02, atol=0)
    torch.testing.assert_close(log_variance.grad, log_variance.detach().exp(), rtol=0.02, atol=0)


@torch.no_grad()
def test_training_draws_a_code_and_evaluation_takes_the_mean() -> None:
    model = small_vae()
    images = torch.rand(3, 1, 8, 8)
    assert torch.equal(model(images).latents, model.encode(images))
    model.train()
    output = model(images)
    assert not torch.equal(output.latents, output.mean)


def test_the_network_of_the_paper_has_its_sizes() -> None:
    with torch.device("meta"):
        model = Vae(paper_config())
    weights = [tuple(p.shape) for p in model.parameters() if p.ndim == 2]
    assert weights == [(500, 784), (40, 500), (500, 20), (784, 500)]


@torch.no_grad()
def test_a_told_class_changes_the_picture_and_an_untold_one_is_a_row_of_zeros() -> None:
    torch.manual_seed(0)
    model = ConditionalVae(ConditionalVaeConfig(image_size=8, base_channels=4)).eval()
    latents = torch.zeros(2, 10)
    one, two = model.decode(latents, torch.tensor([1, 2]))
    assert not torch.allclose(one, two)
    untold = torch.full((2,), -1)
    assert torch.equal(model.decode(latents), model.decode(latents, untold))
    assert model.label_count == 10


def test_all_of_them_are_probabilistic_encoders_with_a_gaussian_prior() -> None:
    for model in (small_vae(), BetaVae(BetaVaeConfig()), ConditionalVae(ConditionalVaeConfig())):
        assert isinstance(model, LatentModel)
        assert isinstance(model, Encoder)
        assert isinstance(model, ProbabilisticEncoder)
        assert model.prior == "gaussian"
        one, two = (model.draw(4, torch.Generator().manual_seed(3)) for _ in range(2))
        assert torch.equal(one, two)
    assert BetaVae(BetaVaeConfig(beta=7.0)).beta == 7


def test_each_term_of_the_loss_has_its_weight() -> None:
    config = BetaVaeConfig(beta=3.0, reconstruction_weight=0.5)
    model = BetaVae(config)
    images = torch.rand(4, 1, 28, 28)
    parts = model.loss(model(images), images)
    weighed = 0.5 * parts["reconstruction_nats"] + 3 * parts["divergence_nats"]
    assert parts["loss"].item() == pytest.approx(weighed.item() / 28**2, rel=1e-5)


def test_without_weight_on_the_reconstruction_the_decoder_learns_nothing() -> None:
    model = BetaVae(BetaVaeConfig(beta=1.0, reconstruction_weight=0.0))
    images = torch.rand(4, 1, 28, 28)
    model.loss(model(images), images)["loss"].backward()
    gradients = [one.grad for one in model.decoder.parameters()]
    assert all(one is None or not one.any() for one in gradients)
    assert any(one.grad is not None and one.grad.any() for one in model.encoder.parameters())


def test_a_first_beta_falls_evenly_on_a_logarithmic_scale_and_then_stays() -> None:
    model = BetaVae(BetaVaeConfig(beta=4.0, first_beta=100.0))
    assert model.beta_at(0.0) == pytest.approx(100)
    assert model.beta_at(0.1) == pytest.approx(20)  # the geometric mean, half of the way
    assert model.beta_at(0.2) == model.beta_at(1.0) == pytest.approx(4)
    constant = BetaVae(BetaVaeConfig(beta=4.0))
    assert constant.beta_at(0.0) == constant.beta_at(1.0) == 4
