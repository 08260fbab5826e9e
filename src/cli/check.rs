//! `counterpart check`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use http::Method;
use indexmap::IndexMap;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{Check, Common, Deny};
use super::snapshots::Store;
use super::texts::Texts;
use super::{Stop, load, mock, print_bytes, problems, say};
use crate::client::{self, Client};
use crate::conform::keys::{Credential, Limited, Minted, Minter, Sources, Wish};
use crate::conform::plan::{Given, Input, Step};
use crate::conform::{self, Options as RunOptions, Plan, Settings as PlanSettings};
use crate::contract::Operation;
use crate::document::{Level, Place};

use crate::exchange::{Request, Secret};
use crate::report::{Format, Style, render, safe};
use crate::resource::Resources;
use crate::rules;
use crate::run::policy::{self, Baseline, Policy, Waiver};
use crate::run::{KeyInfo, Run};
use crate::settings::{self, Mint, Source, nearest};

/// A target and how it is checked.
pub(super) struct Target {
    pub client: Client,
    pub sources: Sources,
    pub settings: PlanSettings,
    pub options: RunOptions,
}

pub(super) async fn run(common: &Common, args: Check, config: load::Config) -> Result<u8, Stop> {
    let reports = reports(&args.report)?;
    if args.update_baseline && !(args.only.is_empty() && args.skip.is_empty() && !args.read_only) {
        return Err(Stop::usage(
            "a partial run cannot write a baseline; leave out --only, --skip and --read-only",
        ));
    }
    let loaded = load::document(common, args.doc.as_deref(), config)?;
    let document = &loaded.contract.document;
    let is_documents =
        |file: &str| *file == *document.name || document.files.iter().any(|known| **known == *file);
    let wrong: Vec<_> = loaded
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Error && !is_documents(&problem.place.file))
        .cloned()
        .collect();
    if !wrong.is_empty() {
        return Err(problems::stop(&wrong, &loaded.texts));
    }
    let url = args.url.clone().ok_or_else(|| {
        Stop::usage("--url is missing: the address that the document's paths are appended to, as in --url http://127.0.0.1:4010")
    })?;
    let client = client(&client_options(&args, url)?)?;
    let mut settings = plan_settings(&loaded, &args.param, client.is_loopback())?;
    settings.read_only = args.read_only;
    settings.second_look = args.snapshots.is_some();
    select(&loaded, &args.only, &args.skip, &mut settings)?;
    let resources = Resources::of(&loaded.contract, &loaded.settings.state);
    let plan = conform::plan(&loaded.contract, &resources, &settings);
    if args.plan {
        print_bytes(shown_plan(&loaded, &resources, &plan).as_bytes())?;
        return Ok(super::OK);
    }
    let writes = plan
        .steps
        .iter()
        .any(|step| loaded.contract.operations.get(step.operation).is_some_and(|o| !o.is_safe()));
    if writes && !args.writes && !client.is_loopback() {
        allow_writes(&loaded, &plan, client.base())?;
    }
    if let Some(limit) = args.wait {
        wait(&client, limit).await?;
    }
    let target = Target {
        sources: sources(&args, &loaded, &settings.params)?,
        client,
        settings,
        options: run_options(&args),
    };
    let policy = policy_of(&args, &loaded)?;
    let store = Store::of(&args, &loaded)?;
    let (run, code) = execute(common, &loaded, &target, &policy, store.as_ref()).await?;
    if args.update_baseline {
        let ids: BTreeSet<&str> = run.findings.iter().map(|finding| finding.id.as_str()).collect();
        let text: String = ids.iter().fold(String::new(), |text, id| text + id + "\n");
        write_file(args.baseline.as_deref().unwrap_or_default(), text.as_bytes())?;
    }
    let mut printed = false;
    for (format, file) in &reports {
        if *format == Format::Github {
            step_summary(&render(
                Format::Markdown,
                &run,
                Style { color: false, width: 110, verbose: false },
            ))?;
        }
        if let Some(file) = file {
            let plain = Style { color: false, width: 110, verbose: common.verbose > 0 };
            write_file(file, &render(*format, &run, plain))?;
        } else {
            printed = true;
            print_bytes(&rendered(common, *format, &run))?;
        }
    }
    if !printed {
        print_bytes(&rendered(common, Format::Console, &run))?;
    }
    Ok(code)
}

/// Adds to the page that GitHub Actions shows of a step, where there is one.
fn step_summary(markdown: &[u8]) -> Result<(), Stop> {
    let Some(file) = load::environment("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut summary| summary.write_all(markdown))
        .map_err(|error| Stop::io(format!("cannot write {file}: {}", load::reason(&error))))
}

/// Runs the check and settles what it means.
pub(super) async fn execute(
    common: &Common,
    loaded: &load::Loaded,
    target: &Target,
    policy: &Policy,
    snapshots: Option<&Store>,
) -> Result<(Run, u8), Stop> {
    let contract = &loaded.contract;
    let resources = Resources::of(contract, &loaded.settings.state);
    let plan = conform::plan(contract, &resources, &target.settings);
    let bar = progress(common);
    let mut tell = |event: conform::Event<'_>| {
        let conform::Event::Begins { done, planned, sent, operation } = event;
        bar.set_length(planned as u64);
        bar.set_position(done as u64);
        bar.set_message(format!("{sent} requests · {}", safe(operation)));
    };
    let job = conform::Job {
        contract,
        resources: &resources,
        plan: &plan,
        settings: &target.settings,
        sources: &target.sources,
        client: &target.client,
        options: &target.options,
    };
    let running = conform::run(&job, &mut tell);
    let outcome = tokio::select! {
        outcome = running => outcome,
        () = mock::stop_signal() => return Err(Stop::interrupted("interrupted; what was sent is not undone")),
    };
    bar.finish_and_clear();
    let mut run = outcome.run;
    if let Some(cause) = outcome.stopped {
        return Err(Stop::io(format!("{}: {cause}", safe(target.client.base()))));
    }
    run.problems.clone_from(&loaded.problems);
    if let Some(store) = snapshots {
        let settings = &target.settings;
        let is_whole = settings.skipped.is_empty()
            && settings.muted.is_empty()
            && !settings.read_only
            && !outcome.is_cut_short;
        store.compare(contract, &outcome.answers, is_whole, &mut run)?;
    }
    policy::apply(&mut run, policy);
    fill_lines(&mut run, &loaded.texts);
    let code = policy::exit_code(&run, policy);
    Ok((run, code))
}

/// A bar on a terminal; nothing where nobody looks, and nothing in CI, whose logs keep every frame.
fn progress(common: &Common) -> ProgressBar {
    if common.quiet || load::is_ci() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉▊▋▌▍▎▏ "))
}

/// Looks up the line of the document that each finding names.
fn fill_lines(run: &mut Run, texts: &Texts) {
    if run.findings.is_empty() && run.waived.is_empty() {
        return;
    }
    let mut lines = texts.lines();
    let findings = run.findings.iter_mut().chain(run.waived.iter_mut().map(|waived| &mut waived.finding));
    for place in findings.filter_map(|finding| finding.document.as_mut()) {
        if let Some((span, text)) = lines.find(&Place::new(&place.file, place.pointer.as_str())) {
            place.line = span.line;
            text.unwrap_or_default().clone_into(&mut place.text);
        }
    }
}

pub(super) fn rendered(common: &Common, format: Format, run: &Run) -> Vec<u8> {
    // Columns of the terminal, where stdout is one.
    let columns = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let width = columns.map_or(120, |columns| columns.max(60));
    // Colours are put in here and taken out by the stream where nobody would see them.
    render(format, run, Style { color: format == Format::Console, width, verbose: common.verbose > 0 })
}

pub(super) fn client(options: &client::Options) -> Result<Client, Stop> {
    Client::new(options).map_err(|error| Stop::usage(error.to_string()))
}

fn client_options(args: &Check, url: String) -> Result<client::Options, Stop> {
    let mut options = client::Options::new(url);
    options.timeout = args.timeout;
    options.retries = args.retries;
    options.insecure = args.insecure;
    options.proxy.clone_from(&args.proxy_via);
    options.ca = args.ca.as_deref().map(load::read).transpose()?;
    if let (Some(cert), Some(key)) = (&args.cert, &args.key) {
        let mut pem = load::read(cert)?;
        pem.push(b'\n');
        pem.extend(load::read(key)?);
        options.identity = Some(pem);
    }
    for header in &args.header {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Stop::usage(format!("{header:?} is no header; write 'NAME: VALUE'")))?;
        options.headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(options)
}

fn run_options(args: &Check) -> RunOptions {
    // Distinct enough for the target's logs; nothing else depends on it.
    let now = mock::clock().as_millisecond();
    RunOptions {
        name: format!("{:x}", now & 0xfff_ffff),
        seed: args.seed,
        pause: args.rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
        deadline: args.deadline,
        max_requests: args.max_requests,
        slow: args.slow,
        fail_fast: args.fail_fast,
    }
}

/// What the configuration and the flags say about the plan.
pub(super) fn plan_settings(
    loaded: &load::Loaded,
    params: &[String],
    is_loopback: bool,
) -> Result<PlanSettings, Stop> {
    let contract = &loaded.contract;
    let text = |table: &IndexMap<String, toml::Value>| -> IndexMap<String, String> {
        table.iter().map(|(name, value)| (name.clone(), settings::text(value))).collect()
    };
    let mut fixed = text(&loaded.settings.check.params);
    for param in params {
        let (name, value) = param
            .split_once('=')
            .ok_or_else(|| Stop::usage(format!("{param:?} is no parameter; write NAME=VALUE")))?;
        fixed.insert(name.to_owned(), value.to_owned());
    }
    let mut given = IndexMap::new();
    for request in &loaded.settings.check.request {
        let Some(operation) = contract.operation(&request.operation) else {
            let known = contract.operations.iter().map(|operation| operation.id.as_str());
            let help = nearest(&request.operation, known);
            return Err(Stop::usage(format!(
                "[[check.request]]: there is no operation {:?}; {help}",
                request.operation
            )));
        };
        // A document's folder must not make anybody write to a real service.
        if request.from_companion && !is_loopback && !operation.is_safe() {
            continue;
        }
        let one = Given {
            params: text(&request.params),
            body: request.body.as_ref().map(settings::json),
            disposable: request.disposable,
            others: Vec::new(),
        };
        Given::add(&mut given, &request.operation, one);
    }
    Ok(PlanSettings {
        params: fixed,
        given,
        scopes: loaded.settings.scope_rules(),
        ..PlanSettings::default()
    })
}

fn sources(args: &Check, loaded: &load::Loaded, params: &IndexMap<String, String>) -> Result<Sources, Stop> {
    let mut minting = loaded.settings.mint.clone();
    let mut keys = loaded.settings.keys.clone();
    if let Some(file) = &args.keys {
        let from_file = load::settings_file(Source::Keys, file)?;
        keys.splice(0..0, from_file.keys);
        minting = from_file.mint.or(minting);
    }
    if let Some(template) = &args.mint {
        minting = Some(Mint { template: Some(template.clone()), command: None });
    }
    if let Some(command) = &args.mint_command {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words =
            words.ok_or_else(|| Stop::usage(format!("{command:?} is no command; check its quotes")))?;
        minting = Some(Mint { template: None, command: Some(words) });
    }
    let minter = match minting {
        Some(Mint { template: Some(template), .. }) => {
            if !template.contains("{scopes}") {
                return Err(Stop::usage(format!(
                    "the template {template:?} has no {{scopes}}; write 'mock:{{scopes}}'"
                )));
            }
            Some(self::template(template))
        }
        Some(Mint { command: Some(words), .. }) => Some(command(words)),
        _ => None,
    };
    let placement = match &args.credential {
        None => None,
        Some(header) => match header.split_once(':') {
            Some((name, value)) if value.contains("{key}") => {
                Some((name.trim().to_owned(), value.trim().to_owned()))
            }
            _ => {
                return Err(Stop::usage(format!(
                    "{header:?} says nothing of a key; write 'Authorization: token {{key}}'"
                )));
            }
        },
    };
    let mut named = Vec::new();
    let mut limited = Vec::new();
    for key in keys {
        let only: Vec<(String, Vec<String>)> = key.only.into_iter().collect();
        let holder = Credential { token: key.token, info: KeyInfo { name: key.name, scopes: key.scopes } };
        // A key that holds for what this run asks serves like any other.
        let serves =
            only.iter().all(|(name, values)| params.get(name).is_some_and(|value| values.contains(value)));
        if serves {
            named.push(holder.clone());
        }
        if !only.is_empty() {
            limited.push(Limited { key: holder, only });
        }
    }
    Ok(Sources { limited, named, minter, token: load::token().map(Secret::new), placement })
}

/// Makes keys by writing them: the scopes joined by `+` in the place of `{scopes}`.
pub(super) fn template(template: String) -> Minter {
    Box::new(move |scopes| {
        let token = Secret::new(template.replace("{scopes}", &scopes.join("+")));
        Box::pin(async move { Ok(Minted { token, scopes: None }) })
    })
}

/// Makes keys by running a program with the scopes as further arguments. It prints the token, or
/// JSON with `access_token` and `scope`.
fn command(words: Vec<String>) -> Minter {
    Box::new(move |scopes| {
        let words = words.clone();
        Box::pin(async move {
            let (program, arguments) = words.split_first().ok_or("there is no command")?;
            let output = tokio::process::Command::new(program)
                .args(arguments)
                .args(&scopes)
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .kill_on_drop(true)
                .output();
            let output = tokio::time::timeout(Duration::from_mins(1), output)
                .await
                .map_err(|_| format!("{program} made no key within 60 seconds"))?
                .map_err(|error| format!("{program} cannot be run: {error}"))?;
            if !output.status.success() {
                return Err(format!("{program} made no key: {}", output.status));
            }
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if let Ok(serde_json::Value::Object(answer)) = serde_json::from_str(&text) {
                let token = answer.get("access_token").and_then(|token| token.as_str());
                let token = token.ok_or_else(|| format!("{program} printed no access_token"))?;
                let granted = answer.get("scope").and_then(|scope| scope.as_str());
                let granted = granted.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
                return Ok(Minted { token: Secret::new(token), scopes: granted });
            }
            if text.is_empty() {
                return Err(format!("{program} printed no key"));
            }
            Ok(Minted { token: Secret::new(text), scopes: None })
        })
    })
}

fn policy_of(args: &Check, loaded: &load::Loaded) -> Result<Policy, Stop> {
    let baseline = match &args.baseline {
        Some(file) if !args.update_baseline => {
            let text = String::from_utf8_lossy(&load::read(file)?).into_owned();
            let ids = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Baseline::Known(ids.map(str::to_owned).collect())
        }
        Some(_) => Baseline::All,
        None => Baseline::default(),
    };
    let waivers = loaded.settings.waive.iter().map(|waive| Waiver {
        rule: waive.rule.clone(),
        operation: waive.operation.clone(),
        pointer: waive.pointer.clone(),
        equals: waive.equals.as_ref().map(settings::json),
        reason: waive.reason.clone(),
        until: waive.until,
        place: crate::document::Place::new("counterpart.toml", "/waive"),
    });
    Ok(Policy {
        rules: loaded.settings.rules.iter().map(|(rule, level)| (rule.clone(), level.severity())).collect(),
        waivers: waivers.collect(),
        today: Some(jiff::tz::TimeZone::UTC.to_datetime(mock::clock()).date()),
        deny_warnings: args.deny == Some(Deny::Warnings),
        allow_inconclusive: args.allow_inconclusive,
        baseline,
    })
}

fn reports(wanted: &[String]) -> Result<Vec<(Format, Option<String>)>, Stop> {
    let mut reports = Vec::new();
    for text in wanted {
        let (name, file) =
            text.split_once('=').map_or((text.as_str(), None), |(name, file)| (name, Some(file.to_owned())));
        let format = Format::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        let format = format.ok_or_else(|| {
            Stop::usage(format!(
                "there is no report {name:?}; {}",
                nearest(name, Format::ALL.iter().map(|(known, _)| *known))
            ))
        })?;
        reports.push((format, file));
    }
    if reports.iter().filter(|(_, file)| file.is_none()).count() > 1 {
        return Err(Stop::usage(
            "only one report can have stdout; give the others a file, as in --report json=report.json",
        ));
    }
    Ok(reports)
}

fn write_file(path: &str, bytes: &[u8]) -> Result<(), Stop> {
    std::fs::write(path, bytes).map_err(|error| Stop::io(format!("cannot write {path}: {error}")))
}

/// `--only` and `--skip`: operations, tags, rules, families, path globs.
fn select(
    loaded: &load::Loaded,
    only: &[String],
    skip: &[String],
    settings: &mut PlanSettings,
) -> Result<(), Stop> {
    let operations = &loaded.contract.operations;
    let of = |word: &str| -> Result<(Vec<usize>, Vec<String>), Stop> {
        let (kind, name) = match word.split_once(':') {
            Some((kind @ ("op" | "tag" | "rule"), name)) => (Some(kind), name),
            _ => (None, word),
        };
        let wants = |what: &str| kind.is_none_or(|kind| kind == what);
        let picked = operations.iter().filter(|operation| {
            (wants("op") && policy::fits(name, &operation.id))
                || (wants("tag") && operation.tags.iter().any(|tag| tag == name))
                || (kind.is_none() && name.starts_with('/') && policy::fits(name, operation.path()))
        });
        let picked: Vec<usize> = picked.map(|operation| operation.index).collect();
        let named: Vec<String> = rules::CATALOGUE
            .iter()
            .flat_map(|rule| [rule.name, rule.family])
            .filter(|known| wants("rule") && *known == name)
            .map(str::to_owned)
            .take(1)
            .collect();
        if picked.is_empty() && named.is_empty() {
            let known = operations
                .iter()
                .map(|o| o.id.as_str())
                .chain(rules::CATALOGUE.iter().map(|rule| rule.name))
                .chain(rules::families());
            let words: Vec<&str> = known.collect();
            let near = nearest(name, words.iter().copied());
            let help = if near.starts_with("did") {
                near
            } else {
                "`counterpart list` names the operations".to_owned()
            };
            return Err(Stop::usage(format!("nothing is called {word:?}; {help}")));
        }
        Ok((picked, named))
    };
    let mut wanted_operations = BTreeSet::new();
    let mut wanted_rules = Vec::new();
    for word in only {
        let (picked, named) = of(word)?;
        wanted_operations.extend(picked);
        wanted_rules.extend(named);
    }
    if !wanted_operations.is_empty() {
        for operation in operations.iter().filter(|operation| !wanted_operations.contains(&operation.index)) {
            settings.skipped.insert(operation.index, "--only".to_owned());
        }
    }
    if !wanted_rules.is_empty() {
        let others = rules::CATALOGUE
            .iter()
            .filter(|rule| !wanted_rules.iter().any(|w| w == rule.name || w == rule.family));
        settings.muted.extend(others.map(|rule| rule.name.to_owned()));
    }
    for word in skip {
        let (picked, named) = of(word)?;
        for index in picked {
            settings.skipped.insert(index, "--skip".to_owned());
        }
        settings.muted.extend(named);
    }
    Ok(())
}

/// The plan as a person reads it.
fn shown_plan(loaded: &load::Loaded, resources: &Resources, plan: &Plan) -> String {
    let mut out = String::new();
    let mut last = None;
    for step in &plan.steps {
        let Some(operation) = loaded.contract.operations.get(step.operation) else { continue };
        if last != Some(step.operation) {
            last = Some(step.operation);
            let _ = writeln!(out, "{}", safe(&operation.id));
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
    if !plan.chains.is_empty() {
        let _ = writeln!(out, "then, with what that brought:");
    }
    for chain in &plan.chains {
        let operation = chain.operation(resources).and_then(|index| loaded.contract.operations.get(index));
        let id = operation.map_or("", |operation| operation.id.as_str());
        let _ = writeln!(out, "  {} · {} · at most {} requests", safe(id), chain.label(), chain.bound());
    }
    for unplanned in &plan.unplanned {
        let id = loaded.contract.operations.get(unplanned.operation).map_or("", |o| o.id.as_str());
        let _ = writeln!(out, "{} cannot be called: {}", safe(id), safe(&unplanned.why));
    }
    let _ = writeln!(out, "\n{}", totals(loaded, plan));
    out
}

fn path(operation: &Operation, resources: &Resources, step: &Step) -> String {
    let filled = operation.template.fill(|name| {
        let input = step.inputs.iter().find(|(l, n, _)| *l == crate::contract::Location::Path && n == name);
        let of = |index: usize| resources.collections.get(index).map_or("", |c| c.path.as_str());
        Ok::<_, ()>(match input.map(|(_, _, input)| input) {
            Some(Input::Value(value)) => crate::contract::style::escape(&crate::contract::style::text(value)),
            Some(Input::Any(index)) => format!("{{{name} listed by {}}}", of(*index)),
            Some(Input::Own(index)) => format!("{{{name} made in {}}}", of(*index)),
            Some(Input::Fresh(index)) => format!("{{{name} made for this in {}}}", of(*index)),
            None => format!("{{{name}}}"),
        })
    });
    safe(&filled.unwrap_or_default()).into_owned()
}

fn key(wish: &Wish) -> String {
    match wish {
        Wish::Nothing => "without a key".to_owned(),
        Wish::Unknown => "unknown key".to_owned(),
        Wish::Limited(_) => "limited key".to_owned(),
        Wish::Minimal(scopes) | Wish::Wider { scopes } | Wish::Lacking { scopes, .. } => {
            format!("key with {}", safe(&conform::keys::list(scopes)))
        }
    }
}

fn totals(loaded: &load::Loaded, plan: &Plan) -> String {
    let requests = |step: &Step| 1 + usize::from(step.is_twice);
    let writes = |step: &&Step| loaded.contract.operations.get(step.operation).is_some_and(|o| !o.is_safe());
    let unsafe_ones: usize = plan.steps.iter().filter(writes).map(requests).sum();
    let following: usize = plan.chains.iter().map(|chain| chain.bound()).sum();
    let writing = plan.chains.iter().filter(|chain| chain.writes()).count();
    format!(
        "{} requests, {} of which may write; then {} sequences of at most {following} requests, {writing} of which write",
        plan.steps.iter().map(requests).sum::<usize>(),
        unsafe_ones,
        plan.chains.len()
    )
}

/// Writing to another machine is asked for, or refused where nobody can be asked.
fn allow_writes(loaded: &load::Loaded, plan: &Plan, target: &str) -> Result<(), Stop> {
    let totals = totals(loaded, plan);
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Stop::usage(format!(
            "{target} is not this machine, and the plan writes to it: {totals}; allow it with --writes, or use --read-only (--plan shows every request)"
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

/// Waits until the target answers at all.
async fn wait(client: &Client, limit: Duration) -> Result<(), Stop> {
    let started = Instant::now();
    say(&format!("waiting for {}", client.base()));
    loop {
        let exchange = client.send(&Request::new(Method::GET, "/"), "wait").await;
        match exchange.outcome {
            Ok(_) => return Ok(()),
            Err(why) if started.elapsed() >= limit => {
                return Err(Stop::io(format!("{} did not answer within {limit:?}: {why}", client.base())));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
