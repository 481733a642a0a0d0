/** Entry of `dist/server.js`, which editors start. */
import { serve } from "./start-node";

serve();
