//! Lists in a blob of what has another form in reports.

/// A module to write and read a list by, where each entry is written as `$def`, its form in a blob.
macro_rules! stored_list {
    ($module:ident $type:ident $def:ident) => {
        pub(in crate::run) mod $module {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use super::{$def, $type};

            struct Lent<'l>(&'l $type);

            impl Serialize for Lent<'_> {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $def::serialize(self.0, serializer)
                }
            }

            struct Own($type);

            impl<'d> Deserialize<'d> for Own {
                fn deserialize<D: Deserializer<'d>>(from: D) -> Result<Self, D::Error> {
                    $def::deserialize(from).map(Self)
                }
            }

            pub fn serialize<S: Serializer>(list: &[$type], serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(list.iter().map(Lent))
            }

            pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<$type>, D::Error> {
                Ok(Vec::<Own>::deserialize(from)?.into_iter().map(|Own(one)| one).collect())
            }
        }
    };
}

pub(super) use stored_list;
