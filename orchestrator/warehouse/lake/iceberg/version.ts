/** A version of an Iceberg table: its metadata, and the files that live in its current snapshot. */
import { mayHold } from '../format/bounds.ts';
import type { DataFile } from '../format/data-file.ts';
import { notReadable } from '../format/faults.ts';
import { decodeManifestList, livingFiles, type OpenManifest, openManifest } from '../format/manifest-list.ts';
import { currentSchema, currentSnapshot, type Metadata, parseMetadata } from '../format/metadata.ts';
import { declaredTypes, loadedPackages } from '../format/properties.ts';
import { duckDbType } from '../format/types.ts';
import type { LoadedPackage, StoredFile, TableField, TableFile, TableVersion } from '../table.ts';
import type { Objects } from './objects.ts';
import type { StoredVersion } from './versions.ts';

export class IcebergVersion implements TableVersion {
  readonly stored: StoredVersion;
  readonly metadata: Metadata;
  readonly #objects: Objects;
  #manifests: Promise<readonly OpenManifest[]> | undefined;

  /** Throws kind `config` for what is no table that this driver can go on with. */
  constructor(stored: StoredVersion, objects: Objects) {
    this.stored = stored;
    this.metadata = parseMetadata(stored.text, stored.url);
    this.#objects = objects;
  }

  get description(): string {
    return this.metadata.properties['comment'] ?? '';
  }

  get fields(): readonly TableField[] {
    return fieldsOf(this.metadata);
  }

  get packages(): readonly LoadedPackage[] {
    return loadedPackages(this.metadata);
  }

  async size(): Promise<{ readonly rows: number; readonly bytes: number }> {
    const files = await this.files();
    const sum = (all: readonly StoredFile[], of: 'rows' | 'bytes') => all.reduce((total, file) => total + file[of], 0);
    const deletes = files.flatMap((file) => file.deletes);
    return { rows: sum(files, 'rows') - sum(deletes, 'rows'), bytes: sum(files, 'bytes') + sum(deletes, 'bytes') };
  }

  /** Those of the current snapshot; none where the table has no row yet. */
  manifests(): Promise<readonly OpenManifest[]> {
    this.#manifests ??= this.#readManifests();
    return this.#manifests;
  }

  async #readManifests(): Promise<readonly OpenManifest[]> {
    const snapshot = currentSnapshot(this.metadata);
    if (snapshot === undefined) return [];
    const { location } = this.metadata;
    const list = snapshot['manifest-list'];
    const manifests = decodeManifestList(await this.#objects.read(location, list), list);
    return Promise.all(
      manifests.map(async (manifest) =>
        openManifest(manifest, await this.#objects.read(location, manifest.manifest_path)),
      ),
    );
  }

  async files(): Promise<readonly TableFile[]> {
    const { data, deletes } = livingFiles(await this.manifests());
    const stored = ({ path, bytes, rows }: DataFile): StoredFile => ({
      key: this.#objects.keyOf(this.metadata.location, path),
      path,
      bytes,
      rows,
    });
    const of = Map.groupBy(deletes, ({ file }) => file.referencedDataFile);
    return data.map(({ file }) => ({
      ...stored(file),
      deletes: (of.get(file.path) ?? []).map((one) => stored(one.file)),
      mayHold: (field, least, greatest) => mayHold(file, { id: field.id, type: field.format }, { least, greatest }),
      newest: (field) => newest(file, field),
    }));
  }
}

/** Columns as they are now, also those that are declared no more. */
export function fieldsOf(metadata: Metadata): readonly TableField[] {
  const types = declaredTypes(metadata);
  return currentSchema(metadata).fields.map(({ id, name, required, type: format, doc = '' }) => {
    const type = duckDbType(format);
    if (type === undefined)
      throw notReadable(metadata.location, `its column ${name} is of a type that Tidemill has not`);
    const declared = types[name.toLowerCase()];
    return { id, name, format: String(format), type, declared, nullable: !required, description: doc };
  });
}

function newest(file: DataFile, { id, format }: TableField): Date | undefined {
  const high = file.upperBounds.get(id);
  if (high === undefined) return undefined;
  // Divided while it is exact: of the year 9999 a number of microseconds is beyond 2^53, and would be a year more.
  if (format === 'timestamptz') return new Date(Number(high.readBigInt64LE() / 1_000n));
  return format === 'date' ? new Date(high.readInt32LE() * 86_400_000) : undefined;
}
