/** What a writer sends, and what it is told. */
import * as z from "zod";
import type { Filter } from "../../../model/filter.ts";
import type { PointId } from "../../../model/id.ts";
import type { Point } from "../../../model/point.ts";
import type { WriteResult } from "../../../model/result.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { PointChange, PointSelector } from "../../../store.ts";
import { filterSchema } from "./filter.ts";
import {
  idsSchema,
  multiVectorsSchema,
  payloadSchema,
  pointsSchema,
  sparseVectorsSchema,
  vectorsSchema,
} from "./point.ts";
import { checkedByStore, named, noted, objectOf, optional } from "./schema.ts";

export interface UpsertBody {
  points: Point[];
}

export const upsertBodySchema: z.ZodType<UpsertBody> = named(
  "Upsert",
  "Points to insert, or to put in the place of those with their ids.",
  objectOf<UpsertBody>({ points: checkedByStore(pointsSchema) }),
);

interface Selected {
  ids?: PointId[];
  filter?: Filter;
}

export const selectorSchema: z.ZodType<PointSelector<CollectionSchema>> = named(
  "PointSelector",
  "Points by their ids, or by a filter.",
  objectOf<Selected>({
    ids: optional(checkedByStore(idsSchema)),
    filter: optional(checkedByStore(filterSchema)),
  }) as unknown as z.ZodType<PointSelector<CollectionSchema>>,
  { oneOf: [{ required: ["ids"] }, { required: ["filter"] }] },
);

type Change = PointChange<CollectionSchema>;

const changeSchema: z.ZodType<Change> = named(
  "PointChange",
  "What is done to each selected point; the parts are applied in this order, all or none.",
  objectOf<Change>({
    overwritePayload: noted(optional(payloadSchema), "Replaces the payload whole."),
    deletePayload: noted(z.array(z.string()).optional(), "Removes keys (paths)."),
    setPayload: noted(optional(payloadSchema), "Sets top-level keys, keeps the others."),
    deleteVectors: noted(z.array(z.string()).optional(), "Removes the vectors of these fields, of any kind."),
    setVectors: noted(optional(vectorsSchema), "Sets vectors by field, keeps the others."),
    setSparse: noted(optional(sparseVectorsSchema), "The same of sparse fields."),
    setMulti: noted(optional(multiVectorsSchema), "The same of multi fields."),
  }) as z.ZodType<Change>,
);

export interface UpdateBody {
  selector: PointSelector<CollectionSchema>;
  change: Change;
}

export const updateBodySchema: z.ZodType<UpdateBody> = named(
  "Update",
  "A change of parts of existing points; ids that are not there are skipped.",
  objectOf<UpdateBody>({
    selector: checkedByStore(selectorSchema),
    change: checkedByStore(changeSchema),
  }),
);

export const writeResultSchema: z.ZodType<WriteResult> = named(
  "WriteResult",
  "The write is durable, and visible to every read that begins now.",
  objectOf<WriteResult>({
    lsn: noted(z.int().min(0), "Log sequence number."),
    count: noted(z.int().min(0), "Points written, changed or deleted."),
  }),
);
