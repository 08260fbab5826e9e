//! Parameters and their styles.

use std::collections::HashMap;

use super::{Builder, Node};
use crate::contract::message::{Location, Parameter, Style, is_sent_by_itself};
use crate::contract::path::Template;
use crate::contract::swagger2::COLLECTION_FORMAT;
use crate::document::pointer;

impl<'d> Builder<'d, '_> {
    /// The parameters of a list. A reference may stand for several of them: a file that holds a list.
    pub(super) fn parameters(&mut self, list: Option<Node<'d>>) -> Vec<Node<'d>> {
        let Some(list) = list.and_then(|list| self.follow(list)) else { return Vec::new() };
        let mut parameters: Vec<Node<'d>> = Vec::new();
        for node in list.items() {
            let Some(node) = self.follow(node) else { continue };
            if node.value.is_array() {
                let inside: Vec<Node<'d>> = node.items().collect();
                parameters.extend(inside.into_iter().filter_map(|node| self.follow(node)));
            } else {
                parameters.push(node);
            }
        }
        self.say_twins(&parameters);
        parameters
    }

    /// A list has one parameter of a name and a place (OpenAPI 3.1 §4.8.9).
    fn say_twins(&mut self, parameters: &[Node<'d>]) {
        let mut known = HashMap::new();
        for node in parameters {
            let (Some(name), Some(place)) = (node.text("name"), node.text("in")) else { continue };
            let first = known.entry((name, place)).or_insert(node.value);
            if *first != node.value {
                self.warn(
                    &node.pointer,
                    format!("the {place} parameter {name:?} is described twice, and not alike"),
                    "this one counts, since it is the last",
                );
            }
        }
    }

    pub(super) fn parameter(&mut self, node: &Node<'d>) -> Option<Parameter> {
        let Some(name) = node.text("name") else {
            self.problem(&node.pointer, "a parameter has no `name`", "it is ignored");
            return None;
        };
        let location = match node.text("in") {
            Some("path") => Location::Path,
            Some("query") => Location::Query,
            Some("header") => Location::Header,
            Some("cookie") => Location::Cookie,
            Some("querystring") if node.get("content").is_none() => {
                self.warn(
                    &node.pointer,
                    format!("the parameter {name:?} is the whole query string, and has no `content`"),
                    "it is ignored; say the media type of the query string",
                );
                return None;
            }
            Some("querystring") => Location::Query,
            other => {
                self.problem(
                    &node.pointer,
                    format!("the parameter {name:?} has an unknown `in`: {:?}", other.unwrap_or("nothing")),
                    "use path, query, header or cookie; the parameter is ignored",
                );
                return None;
            }
        };
        // OpenAPI 3.1 §4.8.12.1: the first three are described elsewhere and ignored as parameters. Clients say by
        // themselves which codings they take.
        const ELSEWHERE: [&str; 4] = ["accept", "content-type", "authorization", "accept-encoding"];
        if location == Location::Header && ELSEWHERE.contains(&name.to_ascii_lowercase().as_str()) {
            return None;
        }
        if location == Location::Header && is_sent_by_itself(name) {
            self.warn(
                &node.pointer,
                format!("the parameter {name:?} is a header field that follows from the connection"),
                "it is ignored",
            );
            return None;
        }
        let is_whole = node.text("in") == Some("querystring");
        let style = self.style(node, location);
        let content = self.content(node);
        Some(Parameter {
            name: name.to_owned(),
            location,
            required: location == Location::Path || node.flag("required").unwrap_or(false),
            style,
            explode: node.flag("explode").unwrap_or(style == Style::Form),
            allow_reserved: node.flag("allowReserved").unwrap_or(false),
            allow_empty: location == Location::Query && node.flag("allowEmptyValue").unwrap_or(false),
            is_whole_query: is_whole,
            schema: node.get("schema").map(|schema| self.schema(&schema)),
            content: content.into_iter().next(),
            examples: self.examples(node),
            pointer: node.pointer.clone(),
        })
    }

    pub(super) fn style(&mut self, node: &Node<'d>, location: Location) -> Style {
        let usual = match location {
            Location::Query | Location::Cookie => Style::Form,
            Location::Path | Location::Header => Style::Simple,
        };
        // In Swagger 2.0 every list can be written in each way; the upgrade leaves this mark.
        match node.text(COLLECTION_FORMAT) {
            Some("ssv") => return Style::SpaceDelimited,
            Some("pipes") => return Style::PipeDelimited,
            Some("tsv") => return Style::TabDelimited,
            _ => {}
        }
        // OpenAPI 3.1 §4.8.12.2: each style belongs to some locations.
        let known = match (node.text("style"), location) {
            (None, _) => Some(usual),
            // OpenAPI 3.2: like form, except for escapes.
            (Some("cookie"), Location::Cookie) | (Some("form"), Location::Query | Location::Cookie) => {
                Some(Style::Form)
            }
            (Some("simple"), Location::Path | Location::Header) => Some(Style::Simple),
            (Some("label"), Location::Path) => Some(Style::Label),
            (Some("matrix"), Location::Path) => Some(Style::Matrix),
            (Some("spaceDelimited"), Location::Query) => Some(Style::SpaceDelimited),
            (Some("pipeDelimited"), Location::Query) => Some(Style::PipeDelimited),
            (Some("deepObject"), Location::Query) => Some(Style::DeepObject),
            _ => None,
        };
        known.unwrap_or_else(|| {
            let written = node.text("style").unwrap_or_default();
            self.warn(
                &pointer::join(&node.pointer, "style"),
                format!("unknown style {written:?} of a {location} parameter"),
                "the default style is used",
            );
            usual
        })
    }

    /// Every `{name}` of the path needs its parameter; a parameter that the path does not name can
    /// never be sent.
    pub(super) fn check_path_parameters(
        &mut self,
        template: &Template,
        parameters: &mut Vec<Parameter>,
        node: &Node<'d>,
    ) {
        for name in template.names() {
            if !parameters.iter().any(|p| p.location == Location::Path && p.name == *name) {
                self.warn(
                    &node.pointer,
                    format!("the path parameter {name:?} is not described"),
                    "any text is accepted for it",
                );
                parameters.push(Parameter {
                    name: name.clone(),
                    location: Location::Path,
                    required: true,
                    style: Style::Simple,
                    explode: false,
                    allow_reserved: false,
                    allow_empty: false,
                    is_whole_query: false,
                    schema: None,
                    content: None,
                    examples: Vec::new(),
                    pointer: node.pointer.clone(),
                });
            }
        }
        let (_, added) = crate::contract::path::parts(template.as_str());
        for parameter in parameters.iter_mut().filter(|p| p.location == Location::Path) {
            // Written into the path's query, it is a parameter of the query.
            if !template.names().contains(&parameter.name)
                && added.contains(&format!("{{{}}}", parameter.name))
            {
                parameter.location = Location::Query;
                parameter.style = Style::Form;
            }
        }
        let mut lost = Vec::new();
        parameters.retain(|p| {
            let keep = p.location != Location::Path || template.names().contains(&p.name);
            if !keep {
                lost.push((p.name.clone(), p.pointer.clone()));
            }
            keep
        });
        for (name, at) in lost {
            self.warn(
                &at,
                format!("the path {:?} has no parameter {name:?}", template.as_str()),
                "it is ignored",
            );
        }
    }
}
