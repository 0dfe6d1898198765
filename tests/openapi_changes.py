"""Which changes of an OpenAPI document break clients that were written for the one before."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")


def breaking(old: Schema, new: Schema) -> list[str]:
    """Return what a client of the old document could trip over in the new one."""
    return [*_Comparison(old, new).operations()]


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self.old = old
        self.new = new
        self.seen: set[tuple[str, str, bool]] = set()

    def operations(self) -> Iterator[str]:
        for path, methods in self.old["paths"].items():
            for method in _METHODS:
                if method not in methods:
                    continue
                place = f"{method.upper()} {path}"
                after = self.new["paths"].get(path, {}).get(method)
                if after is None:
                    yield f"{place} is gone"
                else:
                    yield from self.operation(place, methods[method], after)

    def operation(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        before = {(p["in"], p["name"]): p for p in old.get("parameters", [])}
        after = {(p["in"], p["name"]): p for p in new.get("parameters", [])}
        for key, parameter in before.items():
            where = f"{place} {key[0]} {key[1]}"
            if key not in after:
                yield f"{where} is gone"
            else:
                yield from self.schema(where, parameter["schema"], after[key]["schema"], sent=True)
        for key, parameter in after.items():
            was = before.get(key, {}).get("required", False)
            if parameter.get("required") and not was:
                yield f"{place} {key[0]} {key[1]} is required now"
        yield from self.bodies(
            f"{place} body",
            old.get("requestBody", {}).get("content", {}),
            new.get("requestBody", {}).get("content", {}),
            sent=True,
        )
        for status, response in old["responses"].items():
            if status not in new["responses"]:
                yield f"{place} {status} is gone"
                continue
            yield from self.bodies(
                f"{place} {status}",
                response.get("content", {}),
                new["responses"][status].get("content", {}),
                sent=False,
            )

    def bodies(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        for media, content in old.items():
            if media not in new:
                yield f"{place} {media} is gone"
            else:
                yield from self.schema(
                    f"{place} {media}",
                    content.get("schema", {}),
                    new[media].get("schema", {}),
                    sent=sent,
                )

    def schema(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        """Compare what is sent (nothing may be asked for anew) or given (nothing may go)."""
        names = old.get("$ref", ""), new.get("$ref", "")
        if all(names):
            if (*names, sent) in self.seen:
                return
            self.seen.add((*names, sent))
        old, new = self.resolved(self.old, old), self.resolved(self.new, new)
        if any(kind in old or kind in new for kind in ("anyOf", "oneOf")):
            yield from self.choices(place, old, new, sent=sent)
            return
        if old.get("type") != new.get("type"):
            yield f"{place} has the type {new.get('type')}, not {old.get('type')}"
            return
        yield from self.values(place, old, new, sent=sent)
        yield from self.properties(place, old, new, sent=sent)
        if "items" in old:
            yield from self.schema(f"{place}[]", old["items"], new.get("items", {}), sent=sent)

    def choices(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        before = [self.kind(self.old, s) for s in old.get("anyOf", old.get("oneOf", [old]))]
        after = [self.kind(self.new, s) for s in new.get("anyOf", new.get("oneOf", [new]))]
        gone = [k for k in (before if sent else after) if k not in (after if sent else before)]
        for kind in gone:
            yield f"{place} {'takes no' if sent else 'may now be'} {kind}"

    def values(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        before, after = set(old.get("enum", ())), set(new.get("enum", ()))
        if sent:
            if after and (not before or before - after):
                yield f"{place} takes only {sorted(map(str, after))}"
            for bound, worse in (("maximum", 1), ("maxLength", 1), ("minimum", -1)):
                limit, was = new.get(bound), old.get(bound)
                if limit is not None and (was is None or (was - limit) * worse > 0):
                    yield f"{place} has the {bound} {limit}, not {was}"
        elif before and (not after or after - before):
            yield f"{place} may now be {sorted(map(str, after - before)) or 'anything'}"

    def properties(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, schema in before.items():
            if name not in after:
                yield f"{place}.{name} is gone"
            else:
                yield from self.schema(f"{place}.{name}", schema, after[name], sent=sent)
        required, needed = set(old.get("required", ())), set(new.get("required", ()))
        if sent:
            for name in sorted(needed - required):
                yield f"{place}.{name} is required now"
        else:
            for name in sorted(required - needed):
                yield f"{place}.{name} may now be missing"

    @staticmethod
    def resolved(document: Schema, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def kind(self, document: Schema, schema: Schema) -> str:
        if "$ref" in schema:
            return str(schema["$ref"].rsplit("/", 1)[1])
        return str(schema.get("const", schema.get("type", "any")))
