//! What is said before the first request: what looks off, and what to do about it.

use super::execute::Target;
use crate::check;
use crate::cli::output::say;
use crate::contract::Contract;
use crate::document::Level;
use crate::project::Project;
use crate::report::safe;

/// Says what looks off about a target and its document.
pub(super) fn tell(project: &Project, target: &Target) {
    for line in lines(project, target) {
        say(&line);
    }
}

fn lines(project: &Project, target: &Target) -> Vec<String> {
    let contract = &project.contract;
    let base = target.client.base();
    let below = check::with_base_path(contract, base).map(|address| {
        format!("the document's paths are below a base path that --url lacks; if nothing is found, try --url {}", safe(&address))
    });
    let unused = (target.sources.has_keys() && !contract.declares_no_security() && is_open(contract))
        .then(|| "a key was given, but no operation of the document asks for one, so it is not sent".to_owned());
    let errors = project.problems.iter().filter(|problem| problem.level == Level::Error).count();
    let broken = (errors > 0).then(|| {
        let what = if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") };
        format!("the document has {what}, so that parts of it cannot be judged; `counterpart lint` shows where")
    });
    [below, unused, broken].into_iter().flatten().collect()
}

/// Whether no operation needs a key.
fn is_open(contract: &Contract) -> bool {
    contract.operations.iter().all(|operation| operation.is_open() || operation.is_login())
}
