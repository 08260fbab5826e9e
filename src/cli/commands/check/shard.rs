//! `--shard`: which of several machines this is, and what it checks.

use super::execute::Target;
use super::several::Prepared;
use crate::check::shards::{Whole, split};
use crate::cli::args::Check;
use crate::cli::env;
use crate::cli::output::{Stop, say};
use crate::project::Project;
use crate::project::select::names_findings;
use crate::report::safe;
use crate::run::Shard;

/// The word that stands for what the environment says.
const AUTO: &str = "auto";

/// Variables in which whoever starts several machines says which one this is.
struct Source {
    /// Which machine it is.
    index: &'static str,
    /// The number of the first one.
    first: usize,
    /// How many there are; `None` where it does not say so.
    count: Option<&'static str>,
}

/// GitLab, Buildkite, CircleCI, Indexed Jobs of Kubernetes. GitHub Actions has expressions for it, and no variables.
const SOURCES: [Source; 4] = [
    Source { index: "CI_NODE_INDEX", first: 1, count: Some("CI_NODE_TOTAL") },
    Source { index: "BUILDKITE_PARALLEL_JOB", first: 0, count: Some("BUILDKITE_PARALLEL_JOB_COUNT") },
    Source { index: "CIRCLE_NODE_INDEX", first: 0, count: Some("CIRCLE_NODE_TOTAL") },
    Source { index: "JOB_COMPLETION_INDEX", first: 0, count: None },
];

/// The share that is asked for; the whole run where none is.
///
/// # Errors
/// There is no such share, or something else on the command line is about the whole run.
pub(super) fn asked(args: &Check) -> Result<Shard, Stop> {
    let Some(text) = &args.shard else { return Ok(Shard::ALL) };
    let shard = read(text, &|name| env::environment(name).filter(|value| !value.is_empty()))
        .map_err(|why| Stop::usage(format!("--shard {text}: {why}")))?;
    if shard.count > 1 && args.update_baseline {
        return Err(Stop::usage(
            "one shard cannot write a baseline; `counterpart merge … --update-baseline` writes that of all",
        ));
    }
    if shard.count > 1 && names_findings(&args.only) {
        return Err(Stop::usage("single findings are tried again by one machine; leave out --shard"));
    }
    Ok(shard)
}

fn read(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let count = match text.strip_prefix(AUTO) {
        None => return text.parse().map_err(|why: crate::run::NoShard| why.to_string()),
        Some("") => None,
        Some(rest) => {
            let count = rest.strip_prefix('/').and_then(|count| count.parse().ok());
            Some(count.ok_or_else(|| format!("write {AUTO}, or {AUTO}/4 for four shards"))?)
        }
    };
    let number = |name: &str| {
        let read = |value: String| {
            value.parse::<usize>().map_err(|_| format!("the variable {name} is not a number: {value:?}"))
        };
        variable(name).map(read).transpose()
    };
    for source in &SOURCES {
        let all = source.count.map(number).transpose()?.flatten();
        let Some(index) = number(source.index)? else {
            // A job that is started once has no number.
            if all == Some(1) && count.is_none_or(|count| count == 1) {
                return Ok(Shard::ALL);
            }
            continue;
        };
        let count = match (count, all) {
            (Some(asked), Some(all)) if asked != all => {
                let name = source.count.unwrap_or_default();
                return Err(format!("{name} says that there are {all}"));
            }
            (asked, all) => asked.or(all).ok_or_else(|| {
                format!("{} does not say how many there are; write {AUTO}/N with their number", source.index)
            })?,
        };
        let index = index.saturating_add(1).saturating_sub(source.first);
        return Shard::new(index, count).map_err(|why| format!("{why} ({})", source.index));
    }
    let names: Vec<&str> = SOURCES.iter().map(|source| source.index).collect();
    Err(format!("none of the variables {} is set; write K/N, as 2/4", names.join(", ")))
}

/// Leaves what one shard checks.
pub(super) fn take(prepared: &mut [Prepared], shard: Shard) {
    if shard.count == 1 {
        return;
    }
    let documents: Vec<Whole<'_>> = prepared
        .iter()
        .map(|Prepared { project, target, .. }| Whole {
            contract: &project.contract,
            resources: &target.resources,
            settings: &target.settings,
            plan: &target.plan,
        })
        .collect();
    let splits = split(&documents, shard.count);
    for (Prepared { project, target, .. }, split) in prepared.iter_mut().zip(splits) {
        split.take(shard, (&project.contract, &target.resources), &mut target.plan, &mut target.settings);
    }
}

/// Says how much of a document this machine checks.
pub(super) fn tell(project: &Project, target: &Target, shard: Shard) {
    if shard.count == 1 {
        return;
    }
    let all = project.contract.operations.len();
    let own = all - target.settings.elsewhere.len();
    let hint = if own == 0 { "; there are fewer parts than shards" } else { "" };
    say(&format!("shard {shard} checks {own} of {all} operations of {}{hint}", safe(&project.name)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::said("2/4", &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "9")], "2/4")]
    #[case::gitlab("auto", &[("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "4")], "3/4")]
    #[case::gitlab_once("auto", &[("CI_NODE_TOTAL", "1")], "1/1")]
    #[case::buildkite("auto", &[("BUILDKITE_PARALLEL_JOB", "0"), ("BUILDKITE_PARALLEL_JOB_COUNT", "4")], "1/4")]
    #[case::circle("auto", &[("CIRCLE_NODE_INDEX", "3"), ("CIRCLE_NODE_TOTAL", "4")], "4/4")]
    #[case::kubernetes("auto/8", &[("JOB_COMPLETION_INDEX", "7")], "8/8")]
    #[case::both_say_the_same("auto/4", &[("CIRCLE_NODE_INDEX", "0"), ("CIRCLE_NODE_TOTAL", "4")], "1/4")]
    #[case::kubernetes_alone("auto", &[("JOB_COMPLETION_INDEX", "7")],
        "JOB_COMPLETION_INDEX does not say how many there are; write auto/N with their number")]
    #[case::they_differ("auto/3", &[("CIRCLE_NODE_INDEX", "0"), ("CIRCLE_NODE_TOTAL", "4")],
        "CIRCLE_NODE_TOTAL says that there are 4")]
    #[case::beyond("auto/4", &[("JOB_COMPLETION_INDEX", "4")],
        "5 is not one of 4 shards; they count from 1/4 to 4/4 (JOB_COMPLETION_INDEX)")]
    #[case::below("auto", &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "4")],
        "0 is not one of 4 shards; they count from 1/4 to 4/4 (CI_NODE_INDEX)")]
    #[case::no_number("auto", &[("CI_NODE_INDEX", "one"), ("CI_NODE_TOTAL", "4")],
        "the variable CI_NODE_INDEX is not a number: \"one\"")]
    #[case::nothing_said("auto", &[],
        "none of the variables CI_NODE_INDEX, BUILDKITE_PARALLEL_JOB, CIRCLE_NODE_INDEX, JOB_COMPLETION_INDEX is set; write K/N, as 2/4")]
    #[case::another_word("automatic", &[], "write auto, or auto/4 for four shards")]
    #[case::no_share("x", &[], "\"x\" is not K/N; write 2/4 for the second of four shards")]
    fn a_share_is_said_or_read_from_the_environment(
        #[case] text: &str,
        #[case] variables: &[(&str, &str)],
        #[case] expected: &str,
    ) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let told = read(text, &variable).map_or_else(|why| why, |shard| shard.to_string());
        assert_eq!(told, expected);
    }
}
