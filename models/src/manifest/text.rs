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

    pub(crate) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&digest.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        Digest::parse(&String::deserialize(from)?).map_err(de::Error::custom)
    }
}
