import urllib.error

import pytest
from counterpart_openapi import CounterpartError, Mock, check, key_with, start_mock
from pets import Pets

DOCUMENT = "../pets.yaml"


@pytest.fixture
def pets(counterpart_mock: Mock) -> Pets:
    return Pets(counterpart_mock.url, key_with("pets:read", "pets:write"))


def test_a_pet_is_added_and_found(pets: Pets, counterpart_mock: Mock) -> None:
    rex = pets.add(name="Rex", kind="dog")
    assert rex in pets.all()
    assert len(counterpart_mock.requests(operation="createPet")) == 1


def test_nothing_is_left_of_the_test_before(pets: Pets, counterpart_mock: Mock) -> None:
    assert counterpart_mock.requests() == []
    assert "Rex" not in [pet["name"] for pet in pets.all()]


def test_a_key_without_the_scope_is_refused(counterpart_mock: Mock) -> None:
    reader = Pets(counterpart_mock.url, key_with("pets:read"))
    with pytest.raises(urllib.error.HTTPError, match="403"):
        reader.add(name="Tom")


def test_an_answer_can_be_set(pets: Pets, counterpart_mock: Mock) -> None:
    counterpart_mock.set_answer("listPets", times=1, code=429)
    with pytest.raises(urllib.error.HTTPError, match="429"):
        pets.all()
    assert isinstance(pets.all(), list)


@pytest.mark.counterpart(violations="ignore")
def test_violations_are_listed(pets: Pets, counterpart_mock: Mock) -> None:
    with pytest.raises(urllib.error.HTTPError, match="40[02]|422"):
        pets.add(name="")
    with pytest.raises(AssertionError, match="POST /pets · request.body/name: expected"):
        counterpart_mock.assert_no_violations()


def test_a_check_finds_nothing_wrong_with_the_mock() -> None:
    with start_mock(DOCUMENT, stateful=True, args=["--auth", "scopes"]) as server:
        result = check(DOCUMENT, url=server.url, mint="mock:{scopes}")
    assert result.findings == []
    assert result.conforms


def test_a_check_finds_what_is_wrong() -> None:
    with start_mock(DOCUMENT, stateful=True, args=["--auth", "scopes", "--fault", "body-schema@getPet"]) as server:
        result = check(DOCUMENT, url=server.url, mint="mock:{scopes}")
    assert {finding["rule"] for finding in result.findings} == {"body-schema"}
    assert result.code == 1


def test_what_cannot_start_says_why() -> None:
    with pytest.raises(CounterpartError, match="missing.yaml") as failed:
        start_mock("missing.yaml")
    assert failed.value.code == 2
    with pytest.raises(CounterpartError) as failed:
        check(DOCUMENT, url="http://127.0.0.1:1", mint="mock:{scopes}")
    assert failed.value.code == 3
