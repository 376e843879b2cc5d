/** GitHub's parser. To be imported from here: Node takes its JSON files only after the hooks are in place. */
import './json-imports.ts';

export {
  convertWorkflowTemplate,
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
  NoOperationTraceWriter,
  parseWorkflow,
} from '@actions/workflow-parser';
export type { EventsConfig, InputConfig } from '@actions/workflow-parser/model/workflow-template';
export { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
