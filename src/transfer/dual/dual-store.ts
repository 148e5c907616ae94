/** A Store over two: what changes which collections there are goes to the primary, then to the secondary, one after the other. */
import { isFrancaError } from "../../errors.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import type { Abilities, Collection, CollectionInfo, SchemaChange, Store } from "../../store.ts";
import { CatalogDebts } from "./catalog.ts";
import { caughtUp, type MirrorCatchUpOptions, type MirrorCaughtUp } from "./catch-up.ts";
import { type CutOverOptions, cutOver } from "./cut-over.ts";
import { DualCollection } from "./dual-collection.ts";
import type { DualStore, DualWriteOptions } from "./dual-write.ts";
import { isSurelyUndone, Mirror, type MirrorOptions } from "./mirror.ts";
import { Roles } from "./roles.ts";
import { Shadow } from "./shadow.ts";
import { Turns } from "./turns.ts";
import { type MirrorVerification, verifyMirrors } from "./verify.ts";

export class TwoStores implements DualStore {
  readonly roles: Roles;
  readonly debts: CatalogDebts = new CatalogDebts();
  readonly catalogTurns: Turns = new Turns();
  readonly #options: MirrorOptions;
  readonly #mirrors: Map<string, Mirror> = new Map();
  readonly #shadow: Shadow;

  constructor({ primary, secondary, ...options }: DualWriteOptions) {
    const { mostDiverged = 10_000, secondaryTimeoutMs = 30_000, onDivergence } = options;
    this.#options = { mostDiverged, secondaryTimeoutMs, ...(onDivergence && { onDivergence }) };
    this.roles = new Roles(primary, secondary);
    this.#shadow = new Shadow(this.roles, options.shadowReads ?? 0, options.onShadowDifference);
  }

  get primary(): Store {
    return this.roles.primary;
  }

  get secondary(): Store {
    return this.roles.secondary;
  }

  get abilities(): Abilities {
    return this.primary.abilities;
  }

  divergence(): { catalog: boolean; collections: { [name: string]: number | "all" } } {
    const collections = [...this.#mirrors.values()].map(({ name, diverged }) => [name, diverged] as const);
    return {
      catalog: this.debts.isDue,
      collections: Object.fromEntries(collections.filter(([, count]) => count !== 0)),
    };
  }

  /** One that is not known yet may differ in everything. */
  mirrorOf(name: string): Mirror {
    const known = this.#mirrors.get(name);
    if (known !== undefined) return known;
    const mirror = new Mirror(name, true, this.#options);
    this.#mirrors.set(name, mirror);
    return mirror;
  }

  catchUp(options: MirrorCatchUpOptions = {}): Promise<MirrorCaughtUp> {
    return caughtUp(this, options);
  }

  verify(options: MirrorCatchUpOptions = {}): Promise<MirrorVerification> {
    return verifyMirrors(this, options);
  }

  cutOver(options: CutOverOptions = {}): Promise<void> {
    return cutOver(this, options);
  }

  async create<const S extends CollectionSchema>(
    name: string,
    schema: S,
    options?: { ifExists?: "error" | "open" },
  ): Promise<Collection<S>> {
    return this.catalogTurns.take("all", async () => {
      if (await isIn(this.primary, name))
        return this.#dual<S>(await this.primary.create(name, schema, options));
      const mirror = this.mirrorOf(name);
      return mirror.turns.take("all", async () => {
        const made = await this.#orDebt(() => this.primary.create(name, schema, options));
        this.roles.forget(name);
        const isOwed = this.debts.drops.has(name);
        const isMade = !isOwed && (await this.#followed(() => this.secondary.create(name, schema)));
        mirror.beginAnew(!isMade);
        return this.#dual<S>(made);
      });
    });
  }

  async collection<const S extends CollectionSchema = CollectionSchema>(
    name: string,
    schema?: S,
  ): Promise<Collection<S>> {
    return this.#dual<S>(
      await (schema === undefined ? this.primary.collection(name) : this.primary.collection(name, schema)),
    );
  }

  async drop(name: string): Promise<boolean> {
    return this.catalogTurns.take("all", () => {
      // The mirror stays: writes that wait for their turn now, and those to a collection made anew, are in one order.
      const mirror = this.mirrorOf(name);
      return mirror.turns.take("all", async () => {
        const isDropped = await this.#orDebt(() => this.primary.drop(name));
        this.roles.forget(name);
        mirror.beginAnew();
        if (isDropped && !(await this.#followed(() => this.secondary.drop(name)))) this.debts.drops.add(name);
        return isDropped;
      });
    });
  }

  async alter(name: string, change: SchemaChange): Promise<void> {
    await this.catalogTurns.take("all", async () => {
      const { name: real } = await this.primary.describe(name);
      await this.mirrorOf(real).turns.take("all", async () => {
        await this.#orDebt(() => this.primary.alter(real, change));
        this.roles.forget(real);
        if (!this.mirrorOf(real).isAll) await this.#followed(() => this.secondary.alter(real, change));
        else this.debts.isDue = true;
      });
    });
  }

  async setAlias(alias: string, collection: string): Promise<void> {
    await this.catalogTurns.take("all", async () => {
      await this.#orDebt(() => this.primary.setAlias(alias, collection));
      await this.#followed(() => this.secondary.setAlias(alias, collection));
    });
  }

  async dropAlias(alias: string): Promise<boolean> {
    return this.catalogTurns.take("all", async () => {
      const isDropped = await this.#orDebt(() => this.primary.dropAlias(alias));
      if (!(await this.#followed(() => this.secondary.dropAlias(alias)))) this.debts.aliasDrops.add(alias);
      return isDropped;
    });
  }

  describe(name: string): Promise<CollectionInfo> {
    return this.primary.describe(name);
  }

  list(): Promise<string[]> {
    return this.primary.list();
  }

  aliases(): Promise<{ [alias: string]: string }> {
    return this.primary.aliases();
  }

  /** Both stores. */
  async close(): Promise<void> {
    await this.catalogTurns.quiet();
    await Promise.all([...this.#mirrors.values()].map(({ turns }) => turns.quiet()));
    await this.#shadow.ended();
    await Promise.all([this.primary.close(), this.secondary.close()]);
  }

  #dual<S extends CollectionSchema>(opened: Collection<S>): Collection<S> {
    const { name } = opened;
    const own = new DualCollection(
      opened as unknown as Collection,
      this.roles,
      () => this.mirrorOf(name),
      this.#shadow,
    );
    return own as unknown as Collection<S>;
  }

  /** What failed on the primary may be done in part: then the secondary is compared with it. */
  async #orDebt<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!isSurelyUndone(error)) this.debts.isDue = true;
      throw error;
    }
  }

  async #followed(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.debts.isDue = true;
      const { onDivergence } = this.#options;
      if (onDivergence) void Promise.resolve().then(() => onDivergence({ ids: "all", error }));
      return false;
    }
  }
}

async function isIn(store: Store, name: string): Promise<boolean> {
  try {
    return (await store.describe(name)).name === name;
  } catch (error) {
    // A name that is refused is refused again by what follows.
    if (isFrancaError(error, "not_found") || isFrancaError(error, "invalid_argument")) return false;
    throw error;
  }
}
