//! Our own words in a manifest's text.

pub(crate) mod class {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use velum_vocab::ObjectClass;

    pub(crate) fn serialize<S: Serializer>(class: &ObjectClass, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(class.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ObjectClass, D::Error> {
        let name = String::deserialize(from)?;
        ObjectClass::parse(&name).ok_or_else(|| {
            let known = ObjectClass::ALL.map(ObjectClass::name).join(", ");
            de::Error::custom(format!("class `{name}` is not one of {known}"))
        })
    }
}

pub(crate) mod digest {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use velum_vocab::Digest;

    /// In place of a digest that nobody has verified on a file.
    const UNKNOWN: &str = "unknown";

    pub(crate) fn serialize<S: Serializer>(digest: &Option<Digest>, to: S) -> Result<S::Ok, S::Error> {
        match digest {
            Some(digest) => to.serialize_str(&digest.to_string()),
            None => to.serialize_str(UNKNOWN),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Digest>, D::Error> {
        match String::deserialize(from)?.as_str() {
            UNKNOWN => Ok(None),
            text => Digest::parse(text).map(Some).map_err(de::Error::custom),
        }
    }
}
