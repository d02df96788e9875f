"""One update of a GAN: D learns from real and fake pictures, then the generator G from D.

Goodfellow et al., Generative Adversarial Nets, NIPS 2014, https://arxiv.org/abs/1406.2661; the
generator maximises log D(G(z)), the non-saturating form of the paper's section 3.

Axes: B pictures, S side of the picture. Scores are probabilities of "real".
"""

from __future__ import annotations

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.gan_step.recording import Floats, GanStepConfig, Moment, record_step
from engine.traces.marks import bars, curve, heats, images, points, table
from engine.traces.steps import Topic, explain, step

_UNDECIDED, _SURE = 0.5, 0.01


@TRACES.register(
    TraceCard(
        key="gan-step",
        title="One step of a GAN",
        summary="Real and fake batch, the updates of discriminator and generator, with every "
        "score.",
        config_type=GanStepConfig,
        area="latent",
        order=50,
    )
)
class GanStep(Topic):
    """One update of both networks.

    The result has mean scores and losses `before`, `after_discriminator` and `after_generator`.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: GanStepConfig = request.config
        self.record = record = record_step(self.config, context)
        self.before, self.between = record.before, record.after_discriminator
        self.after = record.after_generator
        self.result = {
            "before": _summary(self.before),
            "after_discriminator": _summary(self.between),
            "after_generator": _summary(self.after),
        }

    @step
    def players(self) -> Step:
        updates, history = self.config.warm_up, self.record.history
        x = np.arange(1, len(history) + 1)
        titles = {"x_title": "update", "y_title": "loss in nats"}
        curves = (
            curve(x, history[:, 0], "discriminator D", role="truth", **titles),
            curve(x, history[:, 1], "generator G", role="prediction", **titles),
        )
        return explain(
            "Generator against discriminator",
            f"The generator G makes pictures of noise ({self.record.generator_weights:,} weights), "
            f"the discriminator D says how likely a picture is real "
            f"({self.record.discriminator_weights:,} weights). Both are the small networks of the "
            f"course's GAN, trained here for {updates} updates on 8 x 8 digits from seed "
            f"{self.config.seed}; no weights were loaded. Now follows one more update.",
            *curves if updates > 1 else (),
        )

    @step
    def real_batch(self) -> Step:
        return explain(
            f"{self.config.batch_size} real pictures",
            "Taken at random from the digits that come with scikit-learn. The discriminator is "
            "told that these are real.",
            images(self.record.real, ["real x"]),
        )

    @step
    def noise(self) -> Step:
        noise = self.record.noise
        side = int(np.sqrt(noise.shape[1]))
        squares = noise[:, : side**2].reshape(-1, side, side)
        return explain(
            f"{len(noise)} times {noise.shape[1]} numbers of noise",
            f"Drawn from the unit Gaussian, shown as tiles of {side} x {side}. The generator has "
            "nothing else to go by: it never sees a real picture.",
            images(self.record.real, ["real x"]),
            heats(squares, ["noise z"], scale="noise"),
            formula=r"z\sim\mathcal{N}(0,1)",
        )

    @step
    def fake_batch(self) -> Step:
        return explain(
            "The generator makes as many fakes",
            "One pass through G turns each tile of noise into a picture. The discriminator is "
            "told that these are not real.",
            images(self.record.real, ["real x"]),
            images(self.before.fake, ["fake G(z)"]),
            formula=r"\hat{x}=G(z)",
        )

    @step
    def scores_of_real(self) -> Step:
        scores = self.before.real_scores
        right = int((scores > _UNDECIDED).sum())
        return explain(
            f"The discriminator on real pictures: {scores.mean():.3f}",
            f"D takes {right} of {len(scores)} real pictures for real; the mean probability that "
            f"it gives is {scores.mean():.3f}. It should be 1.",
            images(self.record.real, _texts(scores)),
            _bars("real", scores, "D(x)"),
            formula=rf"\mathrm{{mean}}\ D(x)={scores.mean():.3f}",
        )

    @step
    def scores_of_fakes(self) -> Step:
        scores = self.before.fake_scores
        fooled = int((scores > _UNDECIDED).sum())
        return explain(
            f"The discriminator on fake pictures: {scores.mean():.3f}",
            f"D takes {fooled} of {len(scores)} fake pictures for real; the mean probability is "
            f"{scores.mean():.3f}. It should be 0, says the discriminator; 1, says the generator.",
            images(self.record.real, _texts(self.before.real_scores)),
            images(self.before.fake, _texts(scores)),
            _bars("fake", scores, "D(G(z))"),
            formula=rf"\mathrm{{mean}}\ D(G(z))={scores.mean():.3f}",
        )

    @step
    def discriminators_loss(self) -> Step:
        on_real = float(-np.log(self.before.real_scores).mean())
        on_fake = float(-np.log1p(-self.before.fake_scores).mean())
        loss = self.before.losses.discriminator
        return explain(
            f"The discriminator's loss: {loss:.4f}",
            f"Cross-entropy, as for any classifier of two classes: {on_real:.4f} nats on real, "
            f"{on_fake:.4f} on fake pictures, on average {loss:.4f}. A discriminator that always "
            f"says 0.5 has {np.log(2):.4f}.",
            bars(
                "Loss of D in nats",
                {"on real": on_real, "on fake": on_fake, "mean": loss},
                current=2,
                limit=float(np.log(2)),
                limit_name="log 2: undecided",
            ),
            formula=r"L_D=-\dfrac{1}{2}\,\mathrm{mean}\,\log D(x)"
            r"-\dfrac{1}{2}\,\mathrm{mean}\,\log(1-D(G(z)))"
            rf"={loss:.4f}",
        )

    @step
    def discriminators_update(self) -> Step:
        old, new = self.before.losses.discriminator, self.between.losses.discriminator
        verb = "falls" if new < old else "rises"
        return explain(
            "The discriminator learns",
            f"The slope of the loss by each of D's {self.record.discriminator_weights:,} weights, "
            "and one update by Adagrad downhill: g is the slope by a weight, s the sum of the "
            "squares of all its slopes so far. The generator is left alone. On the same "
            f"pictures the loss {verb} from {old:.4f} to {new:.4f}.",
            bars("Before and after", ("loss of D",), (new,), before=(old,)),
            formula=rf"\theta_D\leftarrow\theta_D-\eta\,g/\sqrt{{s}},\quad \eta="
            rf"{self.config.learning_rate:g}",
        )

    @step
    def scores_again(self) -> Step:
        real, fake = self.between.real_scores, self.between.fake_scores
        return explain(
            "The discriminator, an update later",
            "The same pictures before the discriminator as it is now: on real ones the mean goes "
            f"from {self.before.real_scores.mean():.3f} to {real.mean():.3f}, on fake ones from "
            f"{self.before.fake_scores.mean():.3f} to {fake.mean():.3f}.",
            images(self.record.real, _texts(real)),
            images(self.before.fake, _texts(fake)),
            _bars("real", real, "D(x)", self.before.real_scores),
            _bars("fake", fake, "D(G(z))", self.before.fake_scores),
        )

    @step
    def generators_loss(self) -> Step:
        loss = self.between.losses.generator
        return explain(
            f"The generator's loss: {loss:.4f}",
            "Now the same fake pictures are called real, and the discriminator stays as it is: "
            f"the loss is the discriminator's mean surprise at that, {loss:.4f} nats. It would be "
            "0 if D were sure that all are real.",
            images(self.before.fake, _texts(self.between.fake_scores)),
            _bars("fake", self.between.fake_scores, "D(G(z))"),
            formula=rf"L_G=-\,\mathrm{{mean}}\,\log D(G(z))={loss:.4f}",
        )

    @step
    def which_loss(self) -> Step:
        score, when = self._sure()
        x = np.linspace(0.0, 1.0, 101)
        titles = {"x_title": "D(G(z))", "y_title": "strength of the slope"}
        return explain(
            "Why not the discriminator's loss, negated?",
            "The generator could as well minimise log(1 - D). But its slope by the logit is D, "
            "which vanishes just when the discriminator is sure of every fake, and the generator "
            f"has most to learn: {when} the mean D(G(z)) was {score:.2g}. The slope of -log D is "
            f"1 - D: {1 - score:.3f} there.",
            curve(x, 1 - x, "-log D", role="kept", **titles),
            curve(x, x, "log(1 - D)", role="removed", **titles),
            points((score, score), (1 - score, score), "there", role="current", **titles),
            formula=rf"1-D={1 - score:.3f},\quad D={score:.2g}",
        )

    def _sure(self) -> tuple[float, str]:
        """Return the mean D(G(z)) when it was nearest to that of a sure D, and when that was."""
        now = float(self.between.fake_scores.mean())
        scores = np.append(self.record.history[:, 2], now)
        first = int(np.abs(np.log(scores.clip(1e-30) / _SURE)).argmin())
        is_now = first == len(scores) - 1
        when = "in this update" if is_now else f"in update {first + 1} of the warm-up"
        return float(scores[first]), when

    @step
    def pixel_slopes(self) -> Step:
        return explain(
            "What the discriminator tells the generator",
            "The slope goes back through the discriminator to every pixel: bright where a pixel "
            "should become lighter to pass for real, dark where darker. That is all the "
            "generator learns of what digits look like.",
            images(self.before.fake, ["fake"]),
            heats(self.between.pixel_slopes, ["-slope"], scale="slope"),
            formula=r"-\partial L_G/\partial\hat{x}",
        )

    @step
    def generators_update(self) -> Step:
        change = self.after.fake - self.before.fake
        return explain(
            "The generator learns",
            f"Through the pixels the slope goes on to G's {self.record.generator_weights:,} "
            "weights; one update by Adagrad. The same noise makes other pictures now: above "
            f"before, in the middle after, below the difference, {np.abs(change).max():.3f} at "
            "most.",
            images(self.before.fake, ["before"]),
            images(self.after.fake, ["after"]),
            heats(change, ["difference"], scale="change"),
            formula=rf"\theta_G\leftarrow\theta_G-\eta\,g/\sqrt{{s}},\quad \eta="
            rf"{self.config.learning_rate:g}",
        )

    @step
    def generators_scores(self) -> Step:
        old, new = self.between.fake_scores, self.after.fake_scores
        verb = "rises" if new.mean() > old.mean() else "falls"
        return explain(
            f"New pictures before the discriminator: {new.mean():.3f}",
            f"The mean probability of being real {verb} from {old.mean():.3f} to "
            f"{new.mean():.3f}; the generator's loss goes from "
            f"{self.between.losses.generator:.4f} to {self.after.losses.generator:.4f}.",
            images(self.after.fake, _texts(new)),
            _bars("fake", new, "D(G(z))", old),
        )

    @step
    def summary(self) -> Step:
        rows = []
        for name, one in zip(("before", "after D", "after G"), self.result.values(), strict=True):
            *scores, of_discriminator, of_generator = one.values()
            losses = f"{of_discriminator:.4f}", f"{of_generator:.4f}"
            rows.append((name, *(f"{score:.3f}" for score in scores), *losses))
        return explain(
            "And again, with fresh pictures and noise",
            "Each undoes a part of what the other has gained; neither loss falls to 0 for good. "
            "With real pictures of density p and fakes of density q, the best D is p / (p + q); "
            "where both agree, it answers 0.5 to everything and "
            f"both losses are log 2 = {np.log(2):.4f}.",
            images(self.record.real, ["real"]),
            images(self.after.fake, ["fake"]),
            table(("", "D(x)", "D(G(z))", "loss of D", "loss of G"), rows),
            formula=r"D^{*}=\dfrac{p}{p+q}=\dfrac{1}{2}",
        )


def _texts(scores: Floats) -> list[str]:
    return [f"{score:.2f}" for score in scores]


def _bars(noun: str, scores: Floats, title: str, before: Floats | None = None) -> BarsMark:
    return bars(title, noun, scores, before=before, limit=_UNDECIDED, limit_name="undecided")


def _summary(moment: Moment) -> dict[str, float]:
    return {
        "on_real": float(moment.real_scores.mean()),
        "on_fake": float(moment.fake_scores.mean()),
        "discriminator_loss": moment.losses.discriminator,
        "generator_loss": moment.losses.generator,
    }
