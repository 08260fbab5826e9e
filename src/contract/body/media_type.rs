//! Media types of bodies by their names.

/// Whether a media type is XML by name or by suffix (RFC 7303 §9.1 and §9.2).
pub(crate) fn is_xml(media_type: &str) -> bool {
    matches!(media_type, "application/xml" | "text/xml") || media_type.ends_with("+xml")
}

/// The media type to write for a range.
pub(in crate::contract) fn concrete(range: &str) -> &str {
    match range {
        "*/*" | "application/*" | "*" => "application/json",
        "text/*" => "text/plain",
        "image/*" => "image/png",
        "audio/*" => "audio/mpeg",
        "video/*" => "video/mp4",
        "multipart/*" => "multipart/form-data",
        known => known,
    }
}
