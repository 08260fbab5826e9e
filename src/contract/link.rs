//! Links of a response to other operations (OpenAPI 3.1 §4.8.20 Link Object).

use serde_json::Value;

use super::ResponseDoc;
use crate::document::pointer;

/// A link of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// The operation that it leads to, by its id; links by `operationRef` are left out.
    pub operation: String,
    /// Parameters of that operation, each with a value or the expression for it (§4.8.20.3). A name may say where the
    /// parameter is: `path.id`.
    pub parameters: Vec<(String, Value)>,
}

impl ResponseDoc {
    /// The links of the response that name an operation by its id.
    pub fn links(&self) -> Vec<Link> {
        // Of the parts of a response, only a schema knows the document.
        let Some(schema) = self.content.iter().find_map(|content| content.schema.as_deref()) else {
            return Vec::new();
        };
        let at = pointer::join(&self.pointer, "links");
        let links = schema.written(&at).and_then(Value::as_object).into_iter().flatten();
        let read = |(name, link): (&String, &Value)| {
            let link = match link.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'))
            {
                Some(pointer) => schema.written(pointer)?,
                None => link,
            };
            let parameters = link.get("parameters").and_then(Value::as_object).into_iter().flatten();
            Some(Link {
                name: name.clone(),
                operation: link.get("operationId")?.as_str()?.to_owned(),
                parameters: parameters.map(|(name, value)| (name.clone(), value.clone())).collect(),
            })
        };
        links.filter_map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::build;
    use crate::document::Document;
    use serde_json::json;

    #[test]
    fn links_are_read() {
        let tree = json!({"openapi": "3.1.0",
        "components": {"links": {"Read": {"operationId": "read", "parameters": {"id": "$response.body#/id"}}}},
        "paths": {"/pets": {"post": {"responses": {"201": {"description": "",
            "content": {"application/json": {"schema": {"type": "object"}}},
            "links": {"own": {"$ref": "#/components/links/Read"}, "far": {"operationRef": "/x"}, "all": {"operationId": "list"}},
        }}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let links = contract.operations[0].responses[0].links();
        let names: Vec<(&str, &str)> =
            links.iter().map(|link| (link.name.as_str(), link.operation.as_str())).collect();
        assert_eq!(names, [("own", "read"), ("all", "list")]);
        assert_eq!(links[0].parameters, [("id".to_owned(), json!("$response.body#/id"))]);
    }
}
