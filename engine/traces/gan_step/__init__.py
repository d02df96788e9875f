"""One step of a GAN: the critic learns from real and made pictures, the forger from the critic.

Goodfellow et al., Generative Adversarial Nets, NIPS 2014, https://arxiv.org/abs/1406.2661; the
generator maximises log D(G(z)), the non-saturating form of the paper's section 3.

Axes: B pictures, S side of the picture. Scores are probabilities of "real".
"""

from __future__ import annotations

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, CurveMark, Step, TableMark, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.gan_step.recording import Floats, GanStepConfig, Record, record_step
from engine.traces.sheet import fields, pictures, sheet_px

_UNDECIDED = 0.5


CARD = TraceCard(
    key="gan-step",
    title="One step of a GAN",
    summary="Real batch, made batch, the critic's update, the forger's update, with every score.",
    needs="nothing",
    config_type=GanStepConfig,
    area="latent",
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return trace(request.config, context)


def trace(config: GanStepConfig, context: TaskContext) -> Trace:
    """Return the steps of one update of both networks.

    The result has mean scores and losses `before`, `after_discriminator` and `after_generator`.
    """
    story = _Story(config, record_step(config, context))
    builders = (
        story.players,
        story.real_batch,
        story.noise,
        story.made_batch,
        story.scores_of_real,
        story.scores_of_made,
        story.critics_loss,
        story.critics_update,
        story.scores_again,
        story.forgers_loss,
        story.which_loss,
        story.wishes,
        story.forgers_update,
        story.forgers_scores,
        story.summary,
    )
    return Trace(
        CARD.key,
        len(builders),
        lambda at: builders[at](),
        story.result(),
        sheet_px=sheet_px(config.batch_size, 3),
    )


class _Story:
    """Writes the steps."""

    def __init__(self, config: GanStepConfig, record: Record) -> None:
        self.config, self.record = config, record
        self.before, self.between = record.before, record.after_critic
        self.after = record.after_forger

    def result(self) -> dict[str, object]:
        """Return the numbers."""
        moments = {
            "before": self.before,
            "after_discriminator": self.between,
            "after_generator": self.after,
        }
        return {
            name: {
                "on_real": float(one.real_scores.mean()),
                "on_made": float(one.made_scores.mean()),
                "discriminator_loss": one.losses.discriminator,
                "generator_loss": one.losses.generator,
            }
            for name, one in moments.items()
        }

    def players(self) -> Step:
        """Introduce the two."""
        steps, history = self.config.warm_up, self.record.history
        x = np.arange(1, len(history) + 1, dtype=np.float64)
        titles = ("step", "loss in nats")
        curves = (
            CurveMark(x, history[:, 0], "critic D", *titles, role="truth"),
            CurveMark(x, history[:, 1], "forger G", *titles, role="prediction"),
        )
        return Step(
            "Forger against critic",
            f"The forger G makes pictures of noise ({self.record.generator_weights:,} weights), "
            f"the critic D says how likely a picture is real "
            f"({self.record.discriminator_weights:,} weights). Both are the small networks of the "
            f"course's GAN, trained here for {steps} steps on 8 x 8 digits from seed "
            f"{self.config.seed}; no weights were loaded. Now follows one more step.",
            curves if steps > 1 else (),
        )

    def real_batch(self) -> Step:
        """Show the real pictures."""
        return Step(
            f"{self.config.batch_size} real pictures",
            "Taken at random from the digits that come with scikit-learn. The critic is told that "
            "these are real.",
            pictures(self.record.real, ["real x"]),
        )

    def noise(self) -> Step:
        """Show the noise."""
        noise = self.record.noise
        side = int(np.sqrt(noise.shape[1]))
        tiles = noise[:, : side**2].reshape(-1, side, side)
        return Step(
            f"{len(noise)} times {noise.shape[1]} numbers of noise",
            f"Drawn from the unit Gaussian, shown as tiles of {side} x {side}. The forger has "
            "nothing else to go by: it never sees a real picture.",
            (
                *pictures(self.record.real, ["real x"]),
                *fields(tiles, ["noise z"], row=1),
            ),
            r"z\sim\mathcal{N}(0,1)",
        )

    def made_batch(self) -> Step:
        """Show the made pictures."""
        return Step(
            "The forger makes as many",
            "One pass through G turns each tile of noise into a picture. The critic is told that "
            "these are not real.",
            (
                *pictures(self.record.real, ["real x"]),
                *pictures(self.before.made, ["made G(z)"], row=1),
            ),
            r"\hat{x}=G(z)",
        )

    def scores_of_real(self) -> Step:
        """Score the real ones."""
        scores = self.before.real_scores
        right = int((scores > _UNDECIDED).sum())
        return Step(
            f"The critic on real pictures: {scores.mean():.3f}",
            f"D takes {right} of {len(scores)} real pictures for real; the mean probability that "
            f"it gives is {scores.mean():.3f}. It should be 1.",
            (
                *pictures(self.record.real, _texts(scores)),
                _bars("real", scores, "D(x)"),
            ),
            rf"\mathrm{{mean}}\ D(x)={scores.mean():.3f}",
        )

    def scores_of_made(self) -> Step:
        """Score the made ones."""
        scores = self.before.made_scores
        fooled = int((scores > _UNDECIDED).sum())
        return Step(
            f"The critic on made pictures: {scores.mean():.3f}",
            f"D takes {fooled} of {len(scores)} made pictures for real; the mean probability is "
            f"{scores.mean():.3f}. It should be 0, says the critic; 1, says the forger.",
            (
                *pictures(self.record.real, _texts(self.before.real_scores)),
                *pictures(self.before.made, _texts(scores), row=1),
                _bars("made", scores, "D(G(z))"),
            ),
            rf"\mathrm{{mean}}\ D(G(z))={scores.mean():.3f}",
        )

    def critics_loss(self) -> Step:
        """Compute the critic's loss."""
        on_real = float(-np.log(self.before.real_scores).mean())
        on_made = float(-np.log1p(-self.before.made_scores).mean())
        loss = self.before.losses.discriminator
        return Step(
            f"The critic's loss: {loss:.4f}",
            f"Cross-entropy, as for any classifier of two classes: {on_real:.4f} nats on real, "
            f"{on_made:.4f} on made pictures, on average {loss:.4f}. A critic that always says 0.5 "
            f"has {np.log(2):.4f}.",
            (
                BarsMark(
                    ("on real", "on made", "mean"),
                    np.array([on_real, on_made, loss]),
                    "Loss of D in nats",
                    current=2,
                    limit=float(np.log(2)),
                    limit_name="log 2: undecided",
                ),
            ),
            r"L_D=-\dfrac{1}{2}\,\mathrm{mean}\,\log D(x)"
            r"-\dfrac{1}{2}\,\mathrm{mean}\,\log(1-D(G(z)))"
            rf"={loss:.4f}",
        )

    def critics_update(self) -> Step:
        """Update the critic."""
        old, new = self.before.losses.discriminator, self.between.losses.discriminator
        verb = "falls" if new < old else "rises"
        return Step(
            "The critic learns",
            f"The slope of the loss by each of D's {self.record.discriminator_weights:,} weights, "
            "and one step of Adagrad downhill. The forger is left alone. On the same pictures the "
            f"loss {verb} from {old:.4f} to {new:.4f}.",
            (
                BarsMark(
                    ("loss of D",), np.array([new]), "Before and after", before=np.array([old])
                ),
            ),
            rf"\theta_D\leftarrow\theta_D-\eta\,g/\sqrt{{G}},\quad \eta="
            rf"{self.config.learning_rate:g}",
        )

    def scores_again(self) -> Step:
        """Score both again."""
        real, made = self.between.real_scores, self.between.made_scores
        return Step(
            "The critic, a step wiser",
            f"The same pictures before the critic as it is now: on real ones the mean goes from "
            f"{self.before.real_scores.mean():.3f} to {real.mean():.3f}, on made ones from "
            f"{self.before.made_scores.mean():.3f} to {made.mean():.3f}.",
            (
                *pictures(self.record.real, _texts(real)),
                *pictures(self.before.made, _texts(made), row=1),
                _bars("real", real, "D(x)", self.before.real_scores),
                _bars("made", made, "D(G(z))", self.before.made_scores),
            ),
        )

    def forgers_loss(self) -> Step:
        """Compute the forger's loss."""
        loss = self.between.losses.generator
        return Step(
            f"The forger's loss: {loss:.4f}",
            "Now the same made pictures are called real, and the critic stays as it is: the loss "
            f"is the mean surprise of the critic at that, {loss:.4f} nats. It would be 0 if D were "
            "sure that all are real.",
            (
                *pictures(self.before.made, _texts(self.between.made_scores)),
                _bars("made", self.between.made_scores, "D(G(z))"),
            ),
            rf"L_G=-\,\mathrm{{mean}}\,\log D(G(z))={loss:.4f}",
        )

    def which_loss(self) -> Step:
        """Compare the two forms of the loss."""
        score = float(self.between.made_scores.mean())
        x = np.linspace(0.01, 0.99, 99)
        titles = ("D(G(z))", "strength of the slope")
        return Step(
            "Why not simply the critic's loss upside down?",
            "The forger could as well minimise log(1 - D). But its slope by the critic's logit is "
            f"D, which vanishes just when the critic sees through everything: here {score:.3f}. "
            f"The slope of -log D is 1 - D: {1 - score:.3f}.",
            (
                CurveMark(x, 1 - x, "-log D", *titles, role="kept"),
                CurveMark(x, x, "log(1 - D)", *titles, role="removed"),
                CurveMark(
                    np.array([score, score]),
                    np.array([1 - score, score]),
                    "here",
                    *titles,
                    role="current",
                    style="points",
                ),
            ),
            rf"1-D={1 - score:.3f},\quad D={score:.3f}",
        )

    def wishes(self) -> Step:
        """Show the critic's slope by the pixels."""
        return Step(
            "What the critic tells the forger",
            "The slope goes back through the critic to every pixel: bright where a pixel should "
            "become lighter to pass for real, dark where darker. That is all the forger learns of "
            "what digits look like.",
            (
                *pictures(self.before.made, ["made"]),
                *fields(self.between.wishes, ["wish"], row=1),
            ),
            r"-\partial L_G/\partial\hat{x}",
        )

    def forgers_update(self) -> Step:
        """Update the forger."""
        change = self.after.made - self.before.made
        return Step(
            "The forger learns",
            f"Through the pixels the slope goes on to G's {self.record.generator_weights:,} "
            "weights; one step of Adagrad. The same noise makes other pictures now: above before, "
            f"in the middle after, below the difference, {np.abs(change).max():.3f} at most.",
            (
                *pictures(self.before.made, ["before"]),
                *pictures(self.after.made, ["after"], row=1),
                *fields(change, ["difference"], row=2),
            ),
            rf"\theta_G\leftarrow\theta_G-\eta\,g/\sqrt{{G}},\quad \eta="
            rf"{self.config.learning_rate:g}",
        )

    def forgers_scores(self) -> Step:
        """Score the new pictures."""
        old, new = self.between.made_scores, self.after.made_scores
        verb = "rises" if new.mean() > old.mean() else "falls"
        return Step(
            f"The new pictures before the critic: {new.mean():.3f}",
            f"The mean probability of being real {verb} from {old.mean():.3f} to "
            f"{new.mean():.3f}; the forger's loss goes from {self.between.losses.generator:.4f} to "
            f"{self.after.losses.generator:.4f}.",
            (
                *pictures(self.after.made, _texts(new)),
                _bars("made", new, "D(G(z))", old),
            ),
        )

    def summary(self) -> Step:
        """Put the three moments side by side."""
        rows = tuple(
            (
                name,
                f"{one.real_scores.mean():.3f}",
                f"{one.made_scores.mean():.3f}",
                f"{one.losses.discriminator:.4f}",
                f"{one.losses.generator:.4f}",
            )
            for name, one in (
                ("before", self.before),
                ("after D", self.between),
                ("after G", self.after),
            )
        )
        return Step(
            "And again, with fresh pictures and noise",
            "Each undoes a part of what the other has gained; neither loss falls to 0 for good. "
            "If the made pictures cannot be told from real ones, D answers 0.5 to everything and "
            f"both losses are log 2 = {np.log(2):.4f}.",
            (
                *pictures(self.record.real, ["real"]),
                *pictures(self.after.made, ["made"], row=1),
                TableMark(("", "D(x)", "D(G(z))", "loss of D", "loss of G"), rows),
            ),
            r"D^{*}=\dfrac{p}{p+q}=\dfrac{1}{2}",
        )


def _texts(scores: Floats) -> list[str]:
    return [f"{score:.2f}" for score in scores]


def _bars(noun: str, scores: Floats, title: str, before: Floats | None = None) -> BarsMark:
    names = tuple(f"{noun} {number + 1}" for number in range(len(scores)))
    return BarsMark(names, scores, title, before=before, limit=_UNDECIDED, limit_name="undecided")
