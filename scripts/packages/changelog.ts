/** What a release says: CHANGELOG.md, and the manifests that changesets does not know. Pure. */

/** As `changeset status --output` says it. */
export interface ReleasePlan {
  readonly changesets: readonly {
    readonly summary: string;
    readonly releases: readonly { readonly name: string; readonly type: Bump }[];
  }[];
  readonly releases: readonly { readonly name: string; readonly newVersion: string }[];
}

type Bump = 'major' | 'minor' | 'patch' | 'none';

/** All packages have one. Throws where nothing has changed. */
export function versionOf({ releases }: ReleasePlan): string {
  const [version, ...others] = new Set(releases.map(({ newVersion }) => newVersion));
  if (version === undefined)
    throw new Error('No changeset says that anything has changed: `npm run changeset` writes one');
  if (others.length > 0) throw new Error(`All packages are to have one version, and not ${[version, ...others]}`);
  return version;
}

/** While there is no version 1, a minor one may ask something of its users. */
const isBreaking = (type: Bump, version: string): boolean =>
  type === 'major' || (type === 'minor' && version.startsWith('0.'));

/** The text with the newest version above the others. */
export function withRelease(changelog: string, plan: ReleasePlan): string {
  const version = versionOf(plan);
  const changes = plan.changesets.map(({ summary, releases }) => ({
    text: `- ${summary.trim().replaceAll('\n', '\n  ')}\n`,
    needsYou: releases.some(({ type }) => isBreaking(type, version)),
  }));
  const { asked = [], others = [] } = Object.groupBy(changes, ({ needsYou }) => (needsYou ? 'asked' : 'others'));
  const part = (title: string, of: typeof changes): string =>
    of.length === 0 ? '' : `### ${title}\n\n${of.map(({ text }) => text).join('')}\n`;
  const section = `## ${version}\n\n${part('What you must do', asked)}${part('What is new', others)}`;
  const at = changelog.indexOf('\n## ') + 1;
  return at === 0
    ? `${changelog.trimEnd()}\n\n${section}`
    : `${changelog.slice(0, at)}${section}${changelog.slice(at)}`;
}

/** What the changelog says of a version; empty where it says nothing. */
export function sectionOf(changelog: string, version: string): string {
  const found = changelog.split(/^## /m).find((section) => section.startsWith(`${version}\n`));
  return found?.slice(version.length).trim() ?? '';
}

/** A package.json that wants packages of ours in one version, with another. */
export const wanting = (text: string, before: string, after: string): string =>
  text.replaceAll(/("(?:@tidemill\/[^"]+|(?:create-)?tidemill)": ")([^"]+)"/g, (all, start: string, version: string) =>
    version === before ? `${start}${after}"` : all,
  );
