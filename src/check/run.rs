//! A run from start to end.

use super::job::{Job, Listener, Outcome};
use super::phases::probe::Cause;
use super::phases::representations;
use super::phases::{
    actions, callbacks, cleaning, denied_keys, filling, key_limits, lifecycle, located, methods, odd_keys,
    odd_reads, odd_writes, operations, pagination, probe, refused, several, tokens, variation,
};
use super::plan::{Plan, Sequence, Step, Tier};
use super::prefetch::{self, Acting, BLOCK, Unit};
use super::progress::Progress;
use super::session::Session;
use super::summary;
use crate::resources::Part;
use crate::resources::kind::Kind;

/// Requests that a plain step takes at least: it may need an object, or another body. More where more were needed.
const FOR_ONE: usize = 2;

/// Runs a plan against a target.
pub async fn run(job: &Job<'_>, on_event: Listener<'_>) -> Outcome {
    let mut session = Session::new(job, on_event);
    // On the heap: the state of all that may follow is large.
    let stopped = Box::pin(phases(&mut session, job.plan)).await;
    let stopped = session.sender.unsent().map(|why| Cause::Unsent(why.to_owned())).or(stopped);
    let redactor = session.redactor();
    let answers = session.recorder.samples.answers(&redactor, &session.marks.run);
    session.sender.expect_nothing();
    let unused = session.sender.unused();
    let is_cut_short = session.agenda.why().is_some() || session.must_end().is_some();
    let run = summary::summarize(&mut session, job.plan, job.options.seed);
    Outcome { run, stopped, answers, unused, is_cut_short }
}

/// Everything that is sent, in order; returns why nothing but the first look was.
async fn phases(session: &mut Session<'_>, plan: &Plan) -> Option<Cause> {
    let mut progress = Progress::new(plan.len());
    let cause = probe::run(session, plan, &mut progress).await;
    if cause.is_some() {
        return cause;
    }
    let mut for_one = FOR_ONE;
    let last = denied_keys::bound(session);
    for stage in stages(plan) {
        session.sender.keep_back(stage.kept_back.saturating_mul(for_one) + last);
        let (is_plain, before, count) = (stage.is_due, session.sender.sent(), stage.steps.len());
        let steps = stage.steps.into_iter().filter(|step| !session.agenda.has_step(step)).collect();
        operations::run(session, steps, &mut progress).await;
        sequences(session, &stage.sequences, &mut progress).await;
        if is_plain {
            for_one = for_one.max((session.sender.sent() - before).div_ceil(count.max(1)));
        }
        if let Some(why) = session.must_end() {
            session.agenda.cut(why);
        }
    }
    session.sender.keep_back(0);
    refused::run(session).await;
    refused::conflicts(session).await;
    refused::locks(session).await;
    refused::failures(session);
    tokens::run(session).await;
    key_limits::run(session).await;
    denied_keys::run(session).await;
    denied_keys::scopes(session).await;
    callbacks::run(session, plan).await;
    if let Some(why) = session.must_end() {
        session.agenda.cut(why);
    }
    cleaning::run(session).await;
    no_answer(session)
}

/// Cases that are as urgent as one another.
struct Stage<'p> {
    steps: Vec<&'p Step>,
    sequences: Vec<Sequence>,
    /// Whether others leave room for it.
    is_due: bool,
    /// How many steps behind it are more urgent.
    kept_back: usize,
}

/// What is sent, in order: by tiers, then what comes last by tiers.
fn stages(plan: &Plan) -> Vec<Stage<'_>> {
    let mut stages = Vec::new();
    for (steps, sequences) in [(&plan.steps, &plan.sequences), (&plan.last_steps, &plan.last_sequences)] {
        for tier in Tier::ALL {
            let is_of = |sequence: &Sequence| tier_of(steps, *sequence) == tier;
            let sequences = sequences.iter().copied().filter(is_of).collect();
            let steps: Vec<&Step> = steps.iter().filter(|step| step.tier == tier).collect();
            stages.push(Stage { steps, sequences, is_due: tier.is_due(), kept_back: 0 });
        }
    }
    let mut due = 0;
    for stage in stages.iter_mut().rev() {
        if stage.is_due {
            due += stage.steps.len();
        } else {
            stage.kept_back = due;
        }
    }
    stages
}

/// Where a sequence belongs: what goes on with what was destroyed comes behind that.
fn tier_of(steps: &[Step], sequence: Sequence) -> Tier {
    match sequence {
        Sequence::DeleteTwice(operation) => {
            let last = steps.iter().filter(|step| step.operation == operation).map(|step| step.tier).max();
            last.filter(|tier| *tier == Tier::Ruin).unwrap_or(sequence.tier())
        }
        _ => sequence.tier(),
    }
}

/// Sequences that follow one another, beside others that have nothing to do with them.
#[derive(Debug)]
struct Lane(Vec<Sequence>);

/// Plays sequences, a block at a time: those that only read, and the lives of objects of different parts of the API.
async fn sequences(session: &mut Session<'_>, sequences: &[Sequence], progress: &mut Progress) {
    let is_alike = |one: &Sequence, other: &Sequence| {
        one.writes() == other.writes() && is_of_a_part(session, *one) == is_of_a_part(session, *other)
    };
    // Which kinds stand together must not change as they are played.
    let blocks: Vec<&[Sequence]> = sequences.chunk_by(is_alike).collect();
    for sequences in blocks {
        let (lanes, alone) = lanes(session, sequences);
        for block in lanes.chunks(BLOCK).chain([&[alone][..]]) {
            prefetch::play(session, block, progress).await;
            if session.must_end().is_some() {
                return;
            }
        }
    }
}

/// Whether a sequence only changes objects that this run makes in one part of the API: their lives, and what is sent of
/// the operations that make and change them.
fn is_of_a_part(session: &Session<'_>, sequence: Sequence) -> bool {
    match sequence {
        Sequence::Lifecycle(_) | Sequence::Filling(_) => true,
        Sequence::Variations(operation)
        | Sequence::OddWrites(operation)
        | Sequence::DeleteTwice(operation) => {
            let kind = session.resources.kind(operation).map(|judged| judged.kind);
            matches!(kind, Some(Kind::Create | Kind::Own))
        }
        _ => false,
    }
}

/// Which sequences of one kind may be side by side, and what has nothing beside it.
fn lanes(session: &Session<'_>, sequences: &[Sequence]) -> (Vec<Lane>, Lane) {
    let mut lanes: Vec<(Option<Part>, Lane)> = Vec::new();
    let mut alone = Vec::new();
    for sequence in sequences.iter().copied() {
        if !sequence.writes() {
            lanes.push((None, Lane(vec![sequence])));
            continue;
        }
        let operation = sequence.operation(session.resources).and_then(|index| session.contract.at(index));
        let is_given = operation.is_some_and(|operation| session.settings.given.contains_key(&operation.id));
        let is_apart = is_of_a_part(session, sequence) && !is_given;
        let part = operation.filter(|_| is_apart).and_then(|o| session.resources.part(o.index));
        match (part, lanes.iter_mut().find(|(known, _)| part.is_some() && *known == part)) {
            (None, _) => alone.push(sequence),
            (_, Some((_, lane))) => lane.0.push(sequence),
            (_, None) => lanes.push((part, Lane(vec![sequence]))),
        }
    }
    (lanes.into_iter().map(|(_, lane)| lane).collect(), Lane(alone))
}

impl Unit for Lane {
    fn writes(&self, _: &Session<'_>) -> bool {
        self.0.iter().any(|sequence| sequence.writes())
    }

    fn act<'a>(&'a self, session: &'a mut Session<'_>, progress: &'a mut Progress) -> Acting<'a> {
        Box::pin(async move {
            for sequence in &self.0 {
                if session.must_end().is_some() {
                    return;
                }
                progress.begins(session, sequence.operation(session.resources));
                one(session, *sequence).await;
                if session.must_end().is_none() {
                    session.agenda.played(*sequence);
                }
            }
        })
    }
}

async fn one(session: &mut Session<'_>, sequence: Sequence) {
    match sequence {
        Sequence::Lifecycle(collection) => lifecycle::run(session, collection).await,
        Sequence::Actions(operation) => actions::run(session, operation).await,
        Sequence::Several(operation) => several::run(session, operation).await,
        Sequence::DeleteTwice(operation) => lifecycle::delete_twice::run(session, operation).await,
        Sequence::Located(operation) => located::run(session, operation).await,
        Sequence::Filling(collection) => filling::run(session, collection).await,
        Sequence::Pages(collection) => pagination::run(session, collection).await,
        Sequence::Representations(operation) => representations::run(session, operation).await,
        Sequence::Variations(operation) => variation::run(session, operation).await,
        Sequence::Methods(operation) => methods::run(session, operation).await,
        Sequence::OddKeys(operation) => odd_keys::run(session, operation).await,
        Sequence::OddReads(operation) => odd_reads::run(session, operation).await,
        Sequence::OddWrites(operation) => odd_writes::run(session, operation).await,
    }
}

/// The cause where requests were sent and none was answered.
fn no_answer(session: &Session<'_>) -> Option<Cause> {
    if session.recorder.has_answers() || session.sender.sent() == 0 {
        return None;
    }
    let why = session.recorder.seen().iter().find_map(|seen| seen.evidence.exchange.outcome.as_ref().err());
    Some(Cause::NoAnswer(why.map(ToString::to_string).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
