//! The keywords of JSON Schema, by the type of their values.

/// Keywords whose value is one schema.
pub(in crate::contract) const ONE: &[&str] = &[
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "additionalItems",
    "contentSchema",
];
/// Keywords whose value is a list of schemas.
pub(in crate::contract) const LIST: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value is a map of schemas.
pub(in crate::contract) const MAP: &[&str] =
    &["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
/// Keywords that say nothing about a value.
pub(in crate::contract) const SILENT: &[&str] = &[
    "title",
    "description",
    "externalDocs",
    "$schema",
    "$comment",
    "deprecated",
    "nullable",
    "$anchor",
    "$vocabulary",
    "id",
];
