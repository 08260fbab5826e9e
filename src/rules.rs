//! The catalogue of rules: the name, family, default severity and meaning of each rule, once.
//!
//! Judge, faults, reports, `explain` and the documentation read it. Rule names are written nowhere else.

mod catalogue;
mod standard;
mod wfc;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use catalogue::{Family, Rule, Severity, UnknownRule};
pub use wfc::FaultCategory;

/// A rule, or all rules of a family: what `--skip` names, and what a report lists as untested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// One rule.
    Rule(Rule),
    /// All rules of a family.
    Family(Family),
}

impl Selector {
    /// The family that it is, or that its rule belongs to.
    pub const fn family(self) -> Family {
        match self {
            Self::Rule(rule) => rule.family(),
            Self::Family(family) => family,
        }
    }

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.name(),
            Self::Family(family) => family.name(),
        }
    }

    /// Whether a rule is meant.
    pub fn covers(self, rule: Rule) -> bool {
        match self {
            Self::Rule(own) => own == rule,
            Self::Family(family) => rule.family() == family,
        }
    }
}

impl From<Rule> for Selector {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}

impl From<Family> for Selector {
    fn from(family: Family) -> Self {
        Self::Family(family)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A rule where a rule and a family share the name.
impl FromStr for Selector {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        let family = || name.parse().map(Self::Family);
        name.parse().map(Self::Rule).or_else(|_: UnknownRule| family())
    }
}

/// A set of rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleSet(BTreeSet<Rule>);

impl RuleSet {
    /// Adds a rule, or all rules of a family.
    pub fn insert(&mut self, selector: impl Into<Selector>) {
        let selector = selector.into();
        self.0.extend(Rule::ALL.iter().filter(|rule| selector.covers(**rule)));
    }

    /// Whether a rule is one of them, or whether all rules of a family are.
    pub fn contains(&self, selector: impl Into<Selector>) -> bool {
        match selector.into() {
            Selector::Rule(rule) => self.0.contains(&rule),
            Selector::Family(family) => family.rules().all(|rule| self.0.contains(&rule)),
        }
    }

    /// Whether it holds no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!((names.len(), Rule::ALL.len(), Family::ALL.len()), (59, 59, 13));
        for rule in Rule::ALL {
            assert_eq!(rule.name().parse(), Ok(*rule));
        }
        assert_eq!(Rule::BodySchema.family(), Family::Body);
        assert_eq!("no-rule".parse::<Rule>(), Err(UnknownRule("no-rule".to_owned())));
    }

    #[test]
    fn a_set_holds_rules_and_whole_families() {
        let mut set = RuleSet::default();
        set.insert(Family::Page);
        set.insert(Rule::BodySchema);
        assert!(set.contains(Rule::PageLimit) && set.contains(Family::Page));
        assert!(set.contains(Rule::BodySchema) && !set.contains(Family::Body));
    }

    #[test]
    fn a_selector_is_a_rule_or_a_family() {
        assert_eq!("page".parse(), Ok(Selector::Family(Family::Page)));
        assert_eq!("page-limit".parse(), Ok(Selector::Rule(Rule::PageLimit)));
        assert_eq!(Selector::Family(Family::Page).to_string(), "page");
        assert!("pages".parse::<Selector>().is_err());
    }
}
