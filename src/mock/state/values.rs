//! The parts of a store as texts, so that somebody else can keep them, and bring in what yet others changed.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::changes::{Change, Place};
use super::objects::{Entry, ObjectList};
use super::store::{Made, Store, room};

/// A request that may be sent again, with its place among them: the oldest is forgotten first.
#[derive(serde::Serialize, serde::Deserialize)]
struct Remembered {
    nth: u64,
    made: Made,
}

impl Store {
    /// What a part is now, as a text that is never empty; `None` where it is not there.
    pub fn value(&self, part: &Change) -> Option<String> {
        match part {
            Change::List(path) => self.lists.get(&**path).map(|list| u8::from(list.is_touched()).to_string()),
            Change::Object(path, place) => serde_json::to_string(self.lists.get(&**path)?.get(*place)?).ok(),
            Change::Gone(path, id) => {
                self.lists.get(&**path).filter(|list| list.is_gone(id)).map(|_| "1".to_owned())
            }
            Change::Seeds(path) => serde_json::to_string(self.seeds.get(path)?).ok(),
            Change::Largest(path) => self.largest.get(path).map(i64::to_string),
            Change::Made => (self.made > 0).then(|| self.made.to_string()),
            Change::Repeated(path, key) => {
                let (at, _, made) = self.repeated.get_full(&(path.clone(), key.clone()))?;
                // Where it stands among the others is what is left of the order in which they came.
                serde_json::to_string(&Remembered { nth: at as u64, made: made.clone() }).ok()
            }
            Change::Calls(operation) => self.calls.get(operation).map(u32::to_string),
        }
    }

    /// Sets a part to what somebody else has; what cannot be read is not there. Nothing of it is written down.
    pub fn set(&mut self, part: Change, value: Option<&str>) {
        match part {
            Change::List(path) => self.set_list(&path, value),
            Change::Object(path, place) => {
                self.set_object(&path, place, value.and_then(read));
            }
            Change::Gone(path, id) => {
                if let Some(list) = self.lists.get_mut(&*path)
                    && list.put_gone(&id, value.is_some())
                {
                    self.count(room(&Value::from(id)), value.is_some());
                }
            }
            Change::Seeds(path) => {
                let before = self.seeds.remove(&path);
                self.count(before.iter().flatten().map(room).sum(), false);
                if let Some(seeds) = value.and_then(read::<Vec<Value>>) {
                    self.count(seeds.iter().map(room).sum(), true);
                    self.seeds.insert(path, seeds);
                }
            }
            Change::Largest(path) => match value.and_then(|text| text.parse().ok()) {
                Some(number) => drop(self.largest.insert(path, number)),
                None => drop(self.largest.remove(&path)),
            },
            Change::Made => self.made = value.and_then(|text| text.parse().ok()).unwrap_or(0),
            Change::Repeated(path, key) => {
                self.repeated.shift_remove(&(path.clone(), key.clone()));
                if let Some(Remembered { nth, made }) = value.and_then(read) {
                    let at = usize::try_from(nth).unwrap_or(usize::MAX).min(self.repeated.len());
                    self.repeated.shift_insert(at, (path, key), made);
                }
            }
            Change::Calls(operation) => match value.and_then(|text| text.parse().ok()) {
                Some(count) => drop(self.calls.insert(operation, count)),
                None => drop(self.calls.remove(&operation)),
            },
        }
    }

    fn set_list(&mut self, path: &str, value: Option<&str>) {
        let Some(value) = value else {
            if let Some(list) = self.lists.remove(path) {
                list.entries().for_each(|entry| self.leaves(entry));
                let gone = list.gone().map(|id| room(&Value::from(id.as_str()))).sum();
                self.count(gone, false);
            }
            return;
        };
        self.ensure(path).set_touched(value != "0");
    }

    fn set_object(&mut self, path: &str, place: Place, entry: Option<Entry>) {
        if entry.is_none() && !self.lists.contains_key(path) {
            return;
        }
        let (is_counted, size) =
            entry.as_ref().map_or((false, 0), |entry| (entry.is_counted, room(&entry.value)));
        let before = self.ensure(path).set(place, entry);
        if let Some(before) = before {
            self.leaves(&before);
        }
        if is_counted {
            self.count(size, true);
        } else {
            self.beginnings += size;
            self.add(size);
        }
    }

    /// The list at a path, be it begun for that.
    fn ensure(&mut self, path: &str) -> &mut ObjectList {
        if !self.lists.contains_key(path) {
            let size = size_of::<ObjectList>() + path.len();
            self.beginnings += size;
            self.add(size);
            let list = self.recorded(path, ObjectList::default());
            self.lists.insert(path.to_owned(), list);
        }
        self.lists.entry(path.to_owned()).or_default()
    }

    /// Gives back the room of an object that is not there any more.
    fn leaves(&mut self, entry: &Entry) {
        let size = room(&entry.value);
        if entry.is_counted {
            self.count(size, false);
        } else {
            let size = size.min(self.beginnings);
            self.beginnings -= size;
            self.give(size);
        }
    }

    /// Counts room that is taken or given back, whether there is any or not.
    fn count(&mut self, octets: usize, is_taken: bool) {
        if is_taken {
            self.octets += octets;
            self.add(octets);
        } else {
            let octets = octets.min(self.octets);
            self.octets -= octets;
            self.give(octets);
        }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::super::changes::Changes;
    use super::*;
    use crate::exchange::budget::Budget;
    use serde_json::json;

    fn store(changes: &Changes) -> Store {
        Store::recording(&Budget::of(1 << 20), changes)
    }

    /// Brings every change of one store into another one.
    fn bring(changes: &Changes, from: &Store, to: &mut Store) {
        for part in changes.take() {
            let value = from.value(&part);
            to.set(Change::named(&part.name()).unwrap(), value.as_deref());
        }
    }

    fn shown(store: &Store) -> Vec<(String, Vec<Entry>, bool)> {
        let list = |(path, list): (&String, &ObjectList)| {
            (path.clone(), list.entries().cloned().collect(), list.is_touched())
        };
        let mut lists: Vec<_> = store.lists.iter().map(list).collect();
        lists.sort_by(|one, other| one.0.cmp(&other.0));
        lists
    }

    #[test]
    fn what_one_store_changes_another_one_has() {
        let (changes, others) = (Changes::default(), Changes::default());
        let (mut one, mut other) = (store(&changes), store(&others));
        one.begin_list("/a", ObjectList::of("id", [Entry::seed(json!({"id": 1}))]));
        one.set_seeds("/b", vec![json!({"id": 9})]);
        one.count_ids("/a", [&json!(41)]);
        one.uuid();
        one.count_call("listThings");
        one.remember("/a", "key", Made { id: "1".to_owned(), body: u64::MAX });
        let list = one.lists.get_mut("/a").unwrap();
        list.touch();
        list.push(Entry::born(json!({"id": 2, "x": 1.5}), vec!["x".to_owned()]));
        list.set_gone("7", true);
        bring(&changes, &one, &mut other);
        assert_eq!(shown(&one), shown(&other));
        assert!(other.lists["/a"].is_gone("7") && other.lists["/a"].is_touched());
        assert_eq!((other.next_number("/a"), other.next_call("listThings"), other.made()), (42, 2, 1));
        assert_eq!((other.seeds.len(), other.made_by("/a", "key")), (1, one.made_by("/a", "key")));
        assert!(others.take().is_empty(), "what is brought in is no change of its own");
        let list = one.lists.get_mut("/a").unwrap();
        list.call_by("id");
        let at = list.find("1").unwrap();
        list.remove(at);
        let at = list.find("2").unwrap();
        list.change(at, |entry| entry.value = json!({"id": 2}));
        bring(&changes, &one, &mut other);
        assert_eq!(shown(&one), shown(&other));
        one.begin_again();
        bring(&changes, &one, &mut other);
        assert_eq!((shown(&other), other.made(), other.next_number("/a")), (Vec::new(), 0, 1));
        assert_eq!((other.octets, other.repeated.len(), other.calls.len(), other.seeds.len()), (0, 0, 0, 0));
    }

    #[test]
    fn what_cannot_be_read_is_not_there() {
        let mut store = store(&Changes::default());
        store.set(Change::Object("/a".into(), Place(1)), Some("{]"));
        store.set(Change::Largest("/a".to_owned()), Some("many"));
        assert_eq!((store.lists.len(), store.next_number("/a")), (0, 1));
    }

    #[test]
    fn room_is_counted_wherever_an_object_comes_from() {
        let budget = Budget::of(1 << 20);
        let mut store = Store::recording(&budget, &Changes::default());
        let entry = Entry::born(json!({"id": 1, "text": "x".repeat(1000)}), Vec::new());
        let text = serde_json::to_string(&entry).unwrap();
        let part = || Change::Object("/a".into(), Place(3));
        store.set(part(), Some(&text));
        store.set(part(), Some(&text));
        assert_eq!(store.octets, room(&entry.value));
        store.set(part(), None);
        assert_eq!(store.octets, 0);
        store.set(Change::List("/a".into()), None);
        drop(store);
        assert!(budget.take(1 << 20));
    }
}
