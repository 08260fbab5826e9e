"""Persons as CSV."""

from rest_framework_csv.renderers import CSVRenderer

COLUMNS = ["id", "email", "name", "created_at", "properties", "distinct_ids"]
LEFT_OUT = {"uuid", "type", "is_identified", "matched_recordings", "value_at_data_point"}


class PersonCSVRenderer(CSVRenderer):
    """The persons of a page, flattened; an error is rendered as a table of one row."""

    def render(self, data, media_type=None, renderer_context=None):
        """The page without its links."""
        context = dict(renderer_context or {})
        if isinstance(data, dict) and "results" in data:
            data = [self.row(person) for person in data["results"]]
            context["header"] = self.columns(data)
        return super().render(data, media_type, context)

    @staticmethod
    def row(person: dict) -> dict:
        """What a person shows in the table."""
        row = {name: value for name, value in person.items() if name not in LEFT_OUT}
        return row | {"email": person["properties"].get("email")}

    def columns(self, rows: list[dict]) -> list[str]:
        """The columns in use, those with a fixed place first; the fixed ones for an empty page."""
        used = sorted({column for row in self.flatten_data(rows) for column in row})
        return sorted(used, key=self.place) or COLUMNS

    def place(self, column: str) -> int:
        """The rank of a column or of the column it was flattened from."""
        top = column.split(self.level_sep)[0]
        return COLUMNS.index(top) if top in COLUMNS else len(COLUMNS)
