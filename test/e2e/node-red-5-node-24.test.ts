import { describeRuntime } from './support/runtime-suite';

describeRuntime('node-red-5-node-24');
