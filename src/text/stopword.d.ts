declare module "stopword" {
  /** Lists of words by ISO 639-3 codes, beside functions. */
  const lists: { readonly [name: string]: unknown };
  export = lists;
}
