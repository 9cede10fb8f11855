"""The lines of an installation: what its settings say of them, and what settings of the last release do."""

from gas.config import FREE_WORD, PREMIUM_WORD, LineSettings, Settings
from gas.domain.line import EVERYBODY, Line
from gas.domain.plan import Plan

FORMER_LINE = Line(PREMIUM_WORD)
"""The one that the last release had beside everybody's, for which settings of its own are still read."""


def further_lines(settings: Settings) -> dict[Line, LineSettings]:
    """The lines beside everybody's.

    Raises:
        ValueError: one has a name that no line can have.
    """
    lines = {Line(name): line for name, line in settings.lines.items()}
    if settings.plans.premium_queue and not any(PREMIUM_WORD in line.plans for line in lines.values()):
        known = lines.get(FORMER_LINE, LineSettings())
        lines[FORMER_LINE] = known.model_copy(update={"plans": (*known.plans, PREMIUM_WORD)})
    return lines


def every_line(settings: Settings) -> tuple[Line, ...]:
    """Every line that jobs may stand in, everybody's first."""
    return (EVERYBODY, *further_lines(settings))


def own_line(name: str, *, former: bool) -> Line:
    """The line whose jobs an annotator takes: of that name, or the last release's where that release's setting asks for it.

    Raises:
        ValueError: no line can have that name.
    """
    return FORMER_LINE if former else Line(name)


def wrong_plans(settings: Settings) -> list[str]:
    """One sentence for each plan that could not be told from another, and each line that cannot be."""
    names = [Plan.FREE.value, Plan.PREMIUM.value, *(plan.name for plan in settings.plans.more)]
    words = [FREE_WORD, PREMIUM_WORD, *(plan.word for plan in settings.plans.more)]
    refusals = [
        f"GAS_PLANS__MORE has {told!r} of two plans: each has a name and a word of its own."
        for told in dict.fromkeys((*names, *words))
        if names.count(told) > 1 or words.count(told) > 1
    ]
    ours = settings.annotator
    try:
        lines, own = further_lines(settings), own_line(ours.line, former=ours.premium)
    except ValueError as wrong:
        return [*refusals, f"GAS_LINES or GAS_ANNOTATOR__LINE: {wrong}."]
    if EVERYBODY in lines:
        refusals.append(f"GAS_LINES has {EVERYBODY.name}, which every installation has by itself.")
    if own not in every_line(settings):
        known = ", ".join(line.name for line in every_line(settings))
        setting = "GAS_ANNOTATOR__PREMIUM means" if ours.premium else "GAS_ANNOTATOR__LINE is"
        refusals.append(f"{setting} {own.name}, and there is no such line: {known}.")
    standing = [plan for line in lines.values() for plan in line.plans]
    refusals += [
        f"GAS_LINES has plan {plan!r}: "
        + ("it stands in one line." if plan in words else "there is no such plan.")
        for plan in dict.fromkeys(standing)
        if plan not in words or standing.count(plan) > 1
    ]
    return refusals


def former_settings(settings: Settings) -> list[str]:
    """One sentence for each setting of the last release that is still read, and by the next no more."""
    former = {
        "GAS_PLANS__PREMIUM_QUEUE": (settings.plans.premium_queue, "GAS_LINES"),
        "GAS_ANNOTATOR__PREMIUM": (settings.annotator.premium, "GAS_ANNOTATOR__LINE=premium"),
        "GAS_CONTROLLERS__PREMIUM_ANNOTATOR_DEPLOYMENT": (
            settings.controllers.premium_annotator_deployment,
            "the deployment of a line of GAS_LINES",
        ),
    }
    told = [
        f"{name} is a setting of the last release: it is read this time, and not by the next. Set {now} instead."
        for name, (is_set, now) in former.items()
        if is_set
    ]
    if settings.web.references:
        told.append(
            "GAS_WEB__REFERENCES is a setting of the last release, and is not read any more: the references catalogue says "
            "what there is to annotate against. Unset it."
        )
    return told
