// The door of a thread of an audit: the same bundle as the command line's, with what V8 made of it. Nothing else is in here.
import { serve } from '../src/cli/main.js';

void serve();
