import express from "express";
import { products, search, soldOut } from "./catalog/routes.js";
import { close, history, pay, report } from "./orders/routes.js";

const app = express();

app.get("/products", products);
app.get("/products/search", search);
app.get("/products/sold-out", soldOut);
app.get("/orders", history);
app.get("/orders/report", report);
app.post("/orders/close", close);
app.post("/orders/:id/pay", pay);

app.listen(3000);
