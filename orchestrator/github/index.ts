export { type EnvironmentSecrets, openEnvironmentSecrets, type SecretsPlace } from './secrets.ts';
