//! What is said before the first request: what looks off, and what to do about it.

use super::execute::Target;
use crate::check;
use crate::cli::output::say;
use crate::contract::{Contract, Direction, Parameter};
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
        format!(
            "the document's paths are below a base path that --url lacks; if nothing is found, try --url {}",
            safe(&address)
        )
    });
    let unused =
        (target.sources.has_keys() && !contract.declares_no_security() && is_open(contract)).then(|| {
            "a key was given, but no operation of the document asks for one, so it is not sent".to_owned()
        });
    let errors = project.problems.iter().filter(|problem| problem.level == Level::Error).count();
    let broken = (errors > 0).then(|| {
        let what = if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") };
        format!(
            "the document has {what}, so that parts of it cannot be judged; `counterpart lint` shows where"
        )
    });
    let nothing = contract.operations.is_empty().then(|| {
        "the document has webhooks alone, and no operation to call: nothing of the target is checked"
            .to_owned()
    });
    let unfit = target.settings.params.iter().filter_map(|(name, text)| unfit(contract, name, text));
    [below, unused, broken, nothing].into_iter().flatten().chain(unfit).collect()
}

/// What is said of a fixed value that no parameter of its name allows.
fn unfit(contract: &Contract, name: &str, text: &str) -> Option<String> {
    let named = contract.operations.iter().flat_map(|operation| &operation.parameters);
    let mut named = named.filter(|parameter| parameter.name == name).peekable();
    named.peek()?;
    let fits = |parameter: &Parameter| {
        parameter.value_schema().is_none_or(|schema| {
            schema.is_valid(Direction::Request, &schema.shape().kinds.read(text)) != Ok(false)
        })
    };
    let is_unfit = !named.any(fits);
    is_unfit.then(|| {
        format!("--param {}={}: the document allows no such value, so it is not sent", safe(name), safe(text))
    })
}

/// Whether no operation needs a key.
fn is_open(contract: &Contract) -> bool {
    contract.operations.iter().all(|operation| operation.is_open() || operation.is_login())
}
