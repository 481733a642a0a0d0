import assert from "node:assert/strict";
import type { Landscape, Understood } from "#engine";
import { blindSpot } from "../../server/src/present/blind-spot";

const understood = (known: Partial<Understood>): Understood => ({ files: 10, entities: 0, relations: 0, queries: 0, unresolved: 0, views: 0, templates: 0, serializers: 0, ...known });

/** A project whose files import one of these modules each. */
function landscape(models: Readonly<Record<string, number>>, ...modules: readonly string[]): () => Landscape {
  return () => ({ models: new Map(Object.entries(models)), importers: (of) => modules.filter((module) => of.test(module)).length });
}

describe("what is said where hardly anything is understood", () => {
  const said = (known: Partial<Understood>, of: () => Landscape) => {
    const spot = blindSpot(understood(known), of);
    return spot && `${spot.what} ${spot.why}`;
  };

  it("is nothing where queries are understood, or few models have few", () => {
    const never = (): Landscape => assert.fail("not asked for");
    assert.equal(said({ entities: 12, queries: 4 }, never), undefined);
    assert.equal(said({ entities: 5, queries: 1 }, never), undefined);
    assert.equal(said({ entities: 0, queries: 3 }, never), undefined);
  });

  it("names what else asks the database", () => {
    assert.equal(
      said({ entities: 78, queries: 4 }, landscape({ knex: 78 }, "knex", "objection", "objection", "pg")),
      "78 models found, but only 4 queries were understood: silence here says little. Likely: queries go through `objection` (imported by 2 files), which is not understood.",
    );
    assert.match(said({}, landscape({}, "sqlalchemy.orm"))!, /^No model and no query was found\. Likely: queries go through `sqlalchemy` \(imported by 1 file\)/);
    assert.match(said({ entities: 9 }, landscape({ mikroorm: 9 }, "@medusajs/utils"))!, /`@medusajs`/);
  });

  it("names code that is not there", () => {
    assert.equal(
      said({ entities: 1 }, landscape({ prisma: 1 })),
      "1 model found, but no query was understood: silence here says nothing. Likely: the code that queries is not part of what was read, as no file imports Prisma.",
    );
    assert.match(said({ entities: 1 }, landscape({ prisma: 1 }, "../generated/prisma"))!, /a class or package that hides the ORM/);
    assert.match(said({}, landscape({}, "django.db", "django.http"))!, /though 2 files import Django\. Likely: the models are in a folder/);
  });

  it("names queries that could not be followed", () => {
    assert.match(said({ entities: 8, queries: 1, unresolved: 30 }, landscape({ typeorm: 8 }, "typeorm"))!, /only 1 query was understood.*cannot be followed: 30 places/);
    assert.match(said({ entities: 8, queries: 2, unresolved: 1 }, landscape({ typeorm: 8 }, "typeorm"))!, /hides the ORM/);
  });

  it("says what would be understood where nothing of it is there", () => {
    assert.match(said({}, landscape({}))!, /No file that was read imports what is understood: Django, Prisma, .* Knex and Kysely\./);
    assert.match(said({ files: 0 }, landscape({}))!, /^Nothing was read\./);
  });
});
