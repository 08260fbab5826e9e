//! Prints a plan and its totals, and asks whether it may be sent.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use serde_json::{Value, json};

use crate::check::credentials::KeyChoice;
use crate::check::plan::{Input, Sequence, Step};
use crate::check::{self, Plan};
use crate::cli::output::Stop;
use crate::contract::Operation;
use crate::project::Project;
use crate::report::safe;
use crate::resources::{CollectionId, Resources};
use crate::run::Shard;

/// The plan as a person reads it.
pub(super) fn shown(project: &Project, resources: &Resources, plan: &Plan) -> String {
    let mut out = String::new();
    steps(&mut out, project, resources, &plan.steps);
    if !plan.sequences.is_empty() {
        let _ = writeln!(out, "then these sequences:");
    }
    sequences(&mut out, project, resources, &plan.sequences);
    if !plan.last_steps.is_empty() {
        let _ = writeln!(out, "last, one at a time:");
    }
    steps(&mut out, project, resources, &plan.last_steps);
    sequences(&mut out, project, resources, &plan.last_sequences);
    for unplanned in &plan.unplanned {
        let id = project.contract.at(unplanned.operation).map_or("", |o| o.id.as_str());
        let _ = writeln!(out, "{} cannot be called: {}", safe(id), safe(&unplanned.why));
    }
    let _ = writeln!(out, "\n{}", totals(project, plan));
    out
}

/// The plan for programs.
pub(super) fn json(project: &Project, resources: &Resources, plan: &Plan, shard: Shard) -> Value {
    let id = |index| project.contract.at(index).map_or("", |operation| operation.id.as_str()).to_owned();
    let requests = |steps: &[Step]| -> Vec<Value> {
        let known = steps.iter().filter_map(|step| Some((step, project.contract.at(step.operation)?)));
        let request = |(step, operation): (&Step, &Operation)| {
            json!({
                "operation": operation.id,
                "kind": resources.kind(step.operation).map(|judged| judged.kind),
                "method": operation.method.as_str(),
                "path": path(operation, resources, step),
                "key": key(&step.key),
                "what": step.label,
                "writes": !operation.is_safe(),
                "times": step.requests(),
            })
        };
        known.map(request).collect()
    };
    let following = |sequences: &[Sequence]| -> Vec<Value> {
        let sequence = |sequence: &Sequence| {
            json!({
                "operation": sequence.operation(resources).map(id),
                "what": sequence.label(),
                "writes": sequence.writes(),
                "at_most": sequence.bound(),
            })
        };
        sequences.iter().map(sequence).collect()
    };
    let unplanned: Vec<Value> = plan
        .unplanned
        .iter()
        .map(|unplanned| {
            json!({ "operation": id(unplanned.operation), "why": unplanned.why, "settle": unplanned.settle })
        })
        .collect();
    let sent = plan.steps.iter().chain(&plan.last_steps).map(Step::requests).sum::<usize>();
    let sequences = || plan.sequences.iter().chain(&plan.last_sequences);
    json!({
        "document": project.name,
        "shard": (shard.count > 1).then(|| shard.to_string()),
        "totals": {
            "requests": sent,
            "sequences": sequences().count(),
            "usual": sent + sequences().map(|sequence| sequence.usual()).sum::<usize>(),
            "at_most": sent + sequences().map(|sequence| sequence.bound()).sum::<usize>(),
        },
        "requests": requests(&plan.steps),
        "sequences": following(&plan.sequences),
        "last": { "requests": requests(&plan.last_steps), "sequences": following(&plan.last_sequences) },
        "unplanned": unplanned,
    })
}

/// Requests, below the operation that they are for and what that operation does.
fn steps(out: &mut String, project: &Project, resources: &Resources, steps: &[Step]) {
    let mut last = None;
    for step in steps {
        let Some(operation) = project.contract.at(step.operation) else { continue };
        if last != Some(step.operation) {
            last = Some(step.operation);
            let kind = resources.kind(step.operation);
            let kind = kind.map(|judged| format!(" · {}: {}", judged.kind, judged.why)).unwrap_or_default();
            let _ = writeln!(out, "{}{kind}", safe(&operation.id));
        }
        let _ = writeln!(
            out,
            "  {} {}  {} · {}{}",
            operation.method,
            path(operation, resources, step),
            key(&step.key),
            safe(&step.label),
            if step.is_twice { ", twice" } else { "" }
        );
    }
}

fn sequences(out: &mut String, project: &Project, resources: &Resources, sequences: &[Sequence]) {
    for sequence in sequences {
        let operation = sequence.operation(resources).and_then(|index| project.contract.at(index));
        let id = operation.map_or("", |operation| operation.id.as_str());
        let _ =
            writeln!(out, "  {} · {} · at most {} requests", safe(id), sequence.label(), sequence.bound());
    }
}

fn path(operation: &Operation, resources: &Resources, step: &Step) -> String {
    let filled = operation.template.fill(|name| {
        let input = step.inputs.iter().find(|(l, n, _)| *l == crate::contract::Location::Path && n == name);
        let of = |index: CollectionId| resources.collection(index).map_or("", |c| c.path.as_str());
        Ok::<_, ()>(match input.map(|(_, _, input)| input) {
            Some(Input::Value(value)) => {
                crate::contract::parameter::escape(&crate::contract::parameter::text(value))
            }
            Some(Input::Seen { of: Some(index), .. }) => format!("{{{name} of a list at {}}}", of(*index)),
            Some(Input::Seen { .. }) => format!("{{{name} seen anywhere}}"),
            Some(Input::Member { collection, member, .. }) => {
                format!("{{{member} seen in {}}}", of(*collection))
            }
            Some(Input::Any(index)) => format!("{{{name} listed by {}}}", of(*index)),
            Some(Input::Own(index) | Input::OwnParent(index)) => {
                format!("{{{name} created in {}}}", of(*index))
            }
            Some(Input::Parent(index)) => format!("{{{name} created in, or listed by {}}}", of(*index)),
            Some(Input::Fresh(index)) => format!("{{{name} created for this in {}}}", of(*index)),
            None => format!("{{{name}}}"),
        })
    });
    safe(&filled.unwrap_or_default()).into_owned()
}

fn key(choice: &KeyChoice) -> String {
    match choice {
        KeyChoice::Nothing => "without a key".to_owned(),
        KeyChoice::Unknown => "unknown key".to_owned(),
        KeyChoice::Stranger(_) => "key of another owner".to_owned(),
        KeyChoice::Limited(_) | KeyChoice::Denied(_) => "limited key".to_owned(),
        KeyChoice::Minimal(scopes) | KeyChoice::Wider { scopes } | KeyChoice::Lacking { scopes, .. } => {
            format!("key with {}", safe(&check::credentials::list(scopes)))
        }
    }
}

fn totals(project: &Project, plan: &Plan) -> String {
    let writes = |step: &&Step| project.contract.at(step.operation).is_some_and(|o| !o.is_safe());
    let steps = || plan.steps.iter().chain(&plan.last_steps);
    let sequences = || plan.sequences.iter().chain(&plan.last_sequences);
    let unsafe_ones: usize = steps().filter(writes).map(Step::requests).sum();
    let following: usize = sequences().map(|sequence| sequence.bound()).sum();
    let writing = sequences().filter(|sequence| sequence.writes()).count();
    format!(
        "{} requests, {} of which may write; then {} sequences of at most {following} requests, {writing} of which write",
        steps().map(Step::requests).sum::<usize>(),
        unsafe_ones,
        sequences().count()
    )
}

/// Writing to another machine is asked for, or refused where nobody can be asked.
pub(super) fn allow_writes(project: &Project, plan: &Plan, target: &str) -> Result<(), Stop> {
    let totals = totals(project, plan);
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Stop::usage(format!(
            "{target} is not this machine, and the plan writes to it: {totals}; pass --writes to allow it, or --read-only (--plan shows every request)"
        )));
    }
    let mut err = anstream::stderr();
    let _ = write!(err, "{target} is not this machine: {totals}. Send them? [y/N] ");
    let _ = err.flush();
    let mut answer = String::new();
    let _ = std::io::stdin().read_line(&mut answer);
    if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        Err(Stop::usage("nothing was sent; --read-only sends safe requests only"))
    }
}
