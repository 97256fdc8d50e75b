// Generated from the server's OpenAPI document: run make client.

export interface paths {
    "/ogc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** OGC API Features: where everything is */
        get: operations["ogcLanding"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ogc/api": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** OGC API Features: this API in OpenAPI 3.0, with a path for each collection that the account may see */
        get: operations["ogcAPI"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ogc/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** OGC API Features: collections that the account may see */
        get: operations["ogcCollections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ogc/collections/{collectionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** OGC API Features: a collection */
        get: operations["ogcCollection"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ogc/collections/{collectionId}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** OGC API Features: features of a collection, page by page */
        get: operations["ogcItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ogc/collections/{collectionId}/items/{featureId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** OGC API Features: a feature */
        get: operations["ogcItem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ogc/conformance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** OGC API Features: classes that are met */
        get: operations["ogcConformance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiles/{release}/imagery/{scene}/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** TileJSON of one kind of one scene */
        get: operations["imageryTileJSON"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiles/{release}/imagery/{scene}/{kind}/{z}/{x}/{y}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Raster tile of 256 pixels, zoom 10 to 14; 204 where nothing is drawn */
        get: operations["imageryTile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiles/{release}/parcels.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** TileJSON of a publication */
        get: operations["tileJSON"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiles/{release}/parcels/{z}/{x}/{y}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Vector tile: parcels from zoom 13, villages below; 204 where empty */
        get: operations["tile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Accounts of the administrator's counties, by name */
        get: operations["listAccounts"];
        put?: never;
        /** Add an account; its first password is in the answer */
        post: operations["addAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change role, counties or subject, disable or enable */
        patch: operations["changeAccount"];
        trace?: never;
    };
    "/v1/accounts/{id}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an account a new password, which its owner has to change; its sessions end */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign an account out everywhere */
        delete: operations["endSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Applications, the newest first; none for partners */
        get: operations["listApplications"];
        put?: never;
        /** Ask for a line and be answered at once; 201 the first time, 200 where the key was known */
        post: operations["apply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An application, its offer, its schedule and its history */
        get: operations["application"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{id}/letter.pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The letter that tells the household what was decided, why, and how to object */
        get: operations["applicationLetter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{id}/moves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve or reject (an approver who has not applied), accept, withdraw, draw or repay (an officer) */
        post: operations["moveApplication"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, when, on which release and model, the latest first; for auditors, risk managers and administrators */
        get: operations["audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as a table: CSV, UTF-8 with BOM; that it was taken is kept too */
        get: operations["auditTable"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backtests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A stored back-test with its report */
        get: operations["backtest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Record that a household consents to being scored and lent to, or revokes it (officers) */
        post: operations["setConsent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/disputes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Disputes about parcels, the newest first */
        get: operations["listDisputes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/disputes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A dispute, the outlines and its history */
        get: operations["dispute"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/disputes/{id}/moves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept or reject (an approver or administrator who is not its author), or withdraw (its author) */
        post: operations["moveDispute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is live, as server-sent events, of the account's counties
         * @description `publication`: one was put in force. `alerts`: how many are open in a season (not for partners). `run`, `rescore`: a run or an order moved; `progress`: how far an open run is (those three for roles that read runs). `progress` comes without an id and tells all that is known; the others come once each, in order, and after a lost connection the stream goes on behind Last-Event-ID. `reset`: what was missed is not told; read anew what you show. `beat`: a sign of life, with the id to go on from. `end`: the session has ended or the account has changed; sign in again.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/households/{id}/reveal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Personal data of a household, for a purpose that the audit keeps */
        post: operations["revealHousehold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What may be lent at most in a county, and what is held of it; nothing for partners */
        get: operations["limits"];
        /** Set a limit from now on (risk managers). Lines that are held stay, be they above it. A limit on a crop over all counties is allotted to them */
        put: operations["setLimit"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Credit policies, latest first, for risk managers, approvers and auditors */
        get: operations["listPolicies"];
        put?: never;
        /** Keep a document as a draft; one of the same version is replaced */
        post: operations["draftPolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{policy}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A policy with its document, terms, back-tests and history */
        get: operations["policy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{policy}/approval": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve a tested policy that somebody else has written */
        post: operations["approvePolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{policy}/backtests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a back-test is; 404 where this server has begun none */
        get: operations["backtestProgress"];
        put?: never;
        /** Decide a season's stored cases again under a policy and keep the result; asked again while it runs, it goes on */
        post: operations["startBacktest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{policy}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a policy changes in another */
        get: operations["policyDiff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{policy}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a policy back; what was in force before holds again */
        post: operations["rollbackPolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{policy}/terms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put an approved policy in force from a day on */
        post: operations["activatePolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check a document without keeping it */
        post: operations["checkPolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policy-facts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The facts that rules of a policy may name */
        get: operations["policyFacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Seasons of counties that the account may see, those in force and the newest first */
        get: operations["listPublications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Parcels in trouble in the publication's county and season, the latest and strongest first; none for partners */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An alert, what it rests on and what was done about it */
        get: operations["alert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/alerts/{id}/moves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take an alert, acknowledge it or close it */
        post: operations["moveAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/applications.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All applications of the publication's county and season as a table, the oldest first: CSV, UTF-8 with BOM */
        get: operations["applicationsTable"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/band": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Spread of NDVI over the county's parcels (10th, 50th, 90th percentile per date) */
        get: operations["countyBand"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/difference": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed since another publication, added up */
        get: operations["difference"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/difference/households": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Households whose lines moved, the largest moves first, and why */
        get: operations["listMovers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/disputes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what is wrong about a parcel and how it should be (officer, partner) */
        post: operations["propose"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/force": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put an earlier publication of its season in force again, or a later one (risk managers) */
        post: operations["putInForce"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/households": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Households, page by page */
        get: operations["listHouseholds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/households/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A household, its parcels and its decision */
        get: operations["household"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/households/{id}/outlook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A household's cash at harvest drawn out, and what its spread hangs on */
        get: operations["outlook"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/households/{id}/what-if": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a household's line would be under a change; not binding, and nothing is kept */
        post: operations["whatIf"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/imagery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Dates of imagery that the map can show, with the share that is clear; more may come while scenes are drawn */
        get: operations["listImagery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/monitoring": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was found of the publication's scores afterwards, the latest first: portfolio, drift, performance, fairness; for risk managers, approvers and auditors */
        get: operations["listMonitoring"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/parcels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A parcel, its curve, crop, yield and its household's decision */
        get: operations["parcel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/parcels/{id}/outline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A parcel's outline as it was published */
        get: operations["outline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Find people by a whole ID number, telephone number or name */
        post: operations["findPeople"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/portfolio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The publication's lines added up: concentration against limits, expected loss and shortfall, and what drives the tail; none for partners and admins */
        get: operations["portfolio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find households, parcels and villages */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/publications/{publication}/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A publication at a glance */
        get: operations["summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rescores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last orders to score a season again, the newest first */
        get: operations["listRescores"];
        put?: never;
        /**
         * Ask for a plan to score a season again (risk managers)
         * @description A worker plans it within seconds: units, time with its range, memory, disk. Nothing is computed before somebody has looked at the plan and started it.
         */
        post: operations["askRescore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rescores/{rescore}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An order and its plan */
        get: operations["rescore"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rescores/{rescore}/moves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a planned order, or withdraw it (risk managers) */
        post: operations["moveRescore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Scorings of seasons, the newest first; for risk managers, approvers, auditors and admins */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run, its stages, what was expected of it and what people did to it */
        get: operations["run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How items of a run ended, by stage and name */
        get: operations["listRunItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/moves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause, resume or cancel a run, or try failed items again (risk managers) */
        post: operations["moveRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["me"];
        put?: never;
        /** Sign in */
        post: operations["signIn"];
        /** Sign out */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the account is signed in, the last used first */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/list/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of the own sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/oidc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Go to the provider of identities to sign in */
        get: operations["beginSignOn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Come back from the provider of identities */
        get: operations["finishSignOn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the own password; all other sessions end */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/ways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How one may sign in */
        get: operations["signInWays"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens of the administrator's counties, the newest first */
        get: operations["listTokens"];
        put?: never;
        /** Make a token; its secret is in the answer and nowhere else */
        post: operations["addToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a token at once */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hand-overs of the account's counties, the newest first */
        get: operations["listUploads"];
        put?: never;
        /** Begin a resumable upload (tus 1.0.0) */
        post: operations["createUpload"];
        delete?: never;
        /** What of the tus protocol is spoken here */
        options: operations["uploadOptions"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A hand-over: where it stands, what was found in it, who did what */
        get: operations["upload"];
        put?: never;
        post?: never;
        /** Give an upload up; its bytes go at once */
        delete: operations["withdrawUpload"];
        options?: never;
        /** How many bytes of an upload have come */
        head: operations["uploadOffset"];
        /** Send the bytes that follow (tus 1.0.0) */
        patch: operations["sendUpload"];
        trace?: never;
    };
    "/v1/uploads/{id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check a hand-over anew, read in another way */
        post: operations["checkUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{id}/commit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a checked hand-over the county's registry; the release before stays */
        post: operations["commitUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{id}/defects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Defects of a hand-over in the report's order */
        get: operations["uploadDefects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{id}/defects.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Defects as a table */
        get: operations["uploadTable"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{id}/defects.geojson": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Defects that have a place, as GeoJSON */
        get: operations["uploadShapes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{id}/report.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The whole report */
        get: operations["uploadReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccountCard: {
            counties: string[];
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description Null while it is in use.
             */
            disabled_at: string | null;
            /** Format: int64 */
            id: number;
            /** @description Of the subject; empty: it does not sign in through a provider. */
            issuer: string;
            /** @description Role and counties follow the provider's claims. */
            managed: boolean;
            must_change: boolean;
            name: string;
            /** @description It signs in by a password. */
            password: boolean;
            /** @enum {string} */
            role: "officer" | "partner" | "risk" | "approver" | "auditor" | "admin";
            /**
             * Format: int64
             * @description That have not ended.
             */
            sessions: number;
            /** Format: date-time */
            signed_in_at: string | null;
            subject: string;
        };
        AccountsOutputBody: {
            items: components["schemas"]["AccountCard"][];
        };
        AddAccountInputBody: {
            /** @description First digits of county codes; an empty text is every county. */
            counties: string[];
            name: string;
            /** @enum {string} */
            role: "officer" | "partner" | "risk" | "approver" | "auditor" | "admin";
            /** @description Of the provider of identities; the account then has no password. */
            subject?: string;
        };
        AddTokenInputBody: {
            counties: string[];
            /**
             * Format: date-time
             * @description Within a year.
             */
            expires_at: string;
            /** @description 1 to 40 of a-z, 0-9 and -; histories name it token:NAME. */
            name: string;
            operations: ("read" | "applications" | "alerts" | "people")[];
            /** @enum {string} */
            role: "officer" | "partner" | "risk" | "auditor";
        };
        AddTokenOutputBody: {
            counties: string[];
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: int64 */
            id: number;
            /**
             * Format: date-time
             * @description Within a minute.
             */
            last_used_at: string | null;
            name: string;
            operations: ("read" | "applications" | "alerts" | "people")[];
            /** Format: date-time */
            revoked_at: string | null;
            /** @enum {string} */
            role: "officer" | "partner" | "risk" | "auditor";
            /** @description Shown once. Sent as Authorization: Bearer. */
            secret: string;
            /** @enum {string} */
            state: "in_force" | "expired" | "revoked";
        };
        Alert: {
            /** Format: double */
            area_m2: number;
            /** @description Account that has taken it; empty: nobody. */
            assignee: string;
            /** @description Catalogue code. */
            crop: string;
            /**
             * Format: int64
             * @description From 1: how often this has befallen the parcel in the season.
             */
            episode: number;
            /** @description First clear date of it, YYYY-MM-DD. */
            first_on: string;
            /** @description Masked name. */
            household: string;
            household_id: string;
            /** Format: int64 */
            id: number;
            /**
             * @description left_band: under the county's band of its crop; hazard: struck by one that pictures show, be it inside the band; forecast_fell: its own forecast of yield fell.
             * @enum {string}
             */
            kind: "left_band" | "hazard" | "forecast_fell";
            /** @description Last clear date on which it was seen, YYYY-MM-DD. */
            last_on: string;
            parcel_id: string;
            parcel_name: string;
            /** Format: date-time */
            raised_at: string;
            /** @description It closed by itself: the parcel has returned to the band. */
            recovered: boolean;
            /** @enum {string} */
            state: "open" | "assigned" | "acknowledged" | "closed";
            /**
             * Format: double
             * @description Share of the green, or of the yield, that is gone, 0 to 1.
             */
            strength: number;
            /** Format: date-time */
            updated_at: string;
            village: string;
        };
        AlertCard: {
            /** Format: double */
            area_m2: number;
            /** @description Account that has taken it; empty: nobody. */
            assignee: string;
            /** @description Catalogue code. */
            crop: string;
            /**
             * Format: int64
             * @description From 1: how often this has befallen the parcel in the season.
             */
            episode: number;
            evidence: components["schemas"]["AlertEvidence"];
            /** @description First clear date of it, YYYY-MM-DD. */
            first_on: string;
            /** @description Oldest first. */
            history: components["schemas"]["AlertEvent"][];
            /** @description Masked name. */
            household: string;
            household_id: string;
            /** Format: int64 */
            id: number;
            /**
             * @description left_band: under the county's band of its crop; hazard: struck by one that pictures show, be it inside the band; forecast_fell: its own forecast of yield fell.
             * @enum {string}
             */
            kind: "left_band" | "hazard" | "forecast_fell";
            /** @description Last clear date on which it was seen, YYYY-MM-DD. */
            last_on: string;
            parcel_id: string;
            parcel_name: string;
            /** Format: date-time */
            raised_at: string;
            /** @description It closed by itself: the parcel has returned to the band. */
            recovered: boolean;
            /** @enum {string} */
            state: "open" | "assigned" | "acknowledged" | "closed";
            /**
             * Format: double
             * @description Share of the green, or of the yield, that is gone, 0 to 1.
             */
            strength: number;
            /** Format: date-time */
            updated_at: string;
            village: string;
        };
        AlertCause: {
            en: string;
            /** @description The earliest day on which it can have begun, YYYY-MM-DD. */
            from: string;
            /** @enum {string} */
            kind: "drought" | "flood" | "frost" | "heat" | "green_loss";
            /**
             * Format: double
             * @description Share of the yield.
             */
            loss: number;
            to: string;
            zh: string;
        };
        AlertDate: {
            date: string;
            /**
             * Format: double
             * @description Of the county's parcels of the crop.
             */
            median: number;
            /** Format: double */
            ndvi: number;
            /** Format: double */
            p10: number;
            /** Format: double */
            z: number;
        };
        AlertEvent: {
            /** @enum {string} */
            act: "raise" | "assign" | "acknowledge" | "close" | "recover" | "reopen";
            /** @description Account and role; parus: a run. */
            actor: string;
            /** Format: date-time */
            at: string;
            reason: string;
            /**
             * @description After it.
             * @enum {string}
             */
            state: "open" | "assigned" | "acknowledged" | "closed";
        };
        AlertEvidence: {
            /**
             * Format: double
             * @description Forecast of the publication before, kg/ha.
             */
            before?: number;
            /** @description The likely cause, where a hazard of the same days is known. */
            cause?: components["schemas"]["AlertCause"];
            /**
             * Format: double
             * @description By which share the county's forecasts of the crop moved.
             */
            county?: number;
            /** @description Clear dates outside the band. */
            dates?: components["schemas"]["AlertDate"][];
            /**
             * Format: double
             * @description Farthest from the county's median, in spreads of its lower half.
             */
            lowest_z?: number;
            /**
             * Format: int64
             * @description Near parcels of the same crop that were seen on the first date.
             */
            neighbours?: number;
            /**
             * Format: double
             * @description Forecast now, kg/ha.
             */
            now?: number;
            /**
             * Format: int64
             * @description Of them outside the band too.
             */
            outside?: number;
            /**
             * Format: double
             * @description Where the parcel stood before, in the same spreads.
             */
            own?: number;
            /**
             * Format: double
             * @description The fall beyond the county's, in spreads of a revision.
             */
            revision_z?: number;
        };
        AlertsOutputBody: {
            /** Format: int64 */
            acknowledged: number;
            /** Format: int64 */
            assigned: number;
            /** Format: int64 */
            closed: number;
            items: components["schemas"]["Alert"][];
            /** @description Empty on the last page. */
            next_cursor: string;
            /**
             * Format: int64
             * @description Of the county's season, whatever was asked for.
             */
            open: number;
        };
        Answer: {
            /** @description Account. */
            applied_by: string;
            /** Format: int64 */
            asked_fen: number;
            county: string;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description When the offer lapses; null where there is none.
             */
            expires_at: string | null;
            household_id: string;
            /** Format: int64 */
            id: number;
            offer: components["schemas"]["Offer"];
            /** Format: int64 */
            publication: number;
            season: string;
            /**
             * @description decided: the offer is reserved until it expires; referred: an approver decides; rejected: no line.
             * @enum {string}
             */
            state: "decided" | "referred" | "rejected";
        };
        Application: {
            /** @description Account. */
            applied_by: string;
            /**
             * Format: double
             * @description Yearly rate, 0 to 1.
             */
            apr: number;
            /** Format: int64 */
            asked_fen: number;
            county: string;
            /** Format: date-time */
            created_at: string;
            /** @description ISO 4217. */
            currency: string;
            /**
             * Format: date-time
             * @description By the engine or an approver, the last.
             */
            decided_at: string | null;
            /** @description Of the snapshot that it rests on. */
            digest: string;
            /** Format: int64 */
            drawn_fen: number;
            /** @description YYYY-MM-DD. */
            due_date: string;
            /**
             * Format: date-time
             * @description When the offer, or the time to draw, ends; null where nothing lapses.
             */
            expires_at: string | null;
            /** @description Masked name. */
            household: string;
            household_id: string;
            /** Format: int64 */
            id: number;
            /** @description Principal was paid after the due date. */
            late: boolean;
            /**
             * Format: int64
             * @description Offered; while referred what an approver starts from.
             */
            line_fen: number;
            /**
             * Format: int64
             * @description Principal outstanding.
             */
            owed_fen: number;
            /**
             * Format: double
             * @description Probability of default, 0 to 1.
             */
            pd: number;
            /**
             * Format: int64
             * @description That was in force when it was made.
             */
            publication: number;
            /**
             * Format: int64
             * @description Principal.
             */
            repaid_fen: number;
            season: string;
            /** @enum {string} */
            state: "applied" | "decided" | "referred" | "approved" | "accepted" | "drawn" | "repaid" | "rejected" | "withdrawn";
            /** Format: date-time */
            updated_at: string;
            village: string;
        };
        ApplicationCard: {
            /** @description Account. */
            applied_by: string;
            /**
             * Format: double
             * @description Yearly rate, 0 to 1.
             */
            apr: number;
            /** Format: int64 */
            asked_fen: number;
            county: string;
            /** Format: date-time */
            created_at: string;
            /** @description ISO 4217. */
            currency: string;
            /**
             * Format: date-time
             * @description By the engine or an approver, the last.
             */
            decided_at: string | null;
            /** @description Of the snapshot that it rests on. */
            digest: string;
            /** Format: int64 */
            drawn_fen: number;
            /** @description YYYY-MM-DD. */
            due_date: string;
            /**
             * Format: date-time
             * @description When the offer, or the time to draw, ends; null where nothing lapses.
             */
            expires_at: string | null;
            /** @description Oldest first. */
            history: components["schemas"]["ApplicationEvent"][];
            /** @description Masked name. */
            household: string;
            household_id: string;
            /** Format: int64 */
            id: number;
            /** @description Principal was paid after the due date. */
            late: boolean;
            /**
             * Format: int64
             * @description Offered; while referred what an approver starts from.
             */
            line_fen: number;
            /** @description What the reader can do to it now. */
            next: ("approve" | "reject" | "accept" | "withdraw" | "draw" | "repay")[];
            /** @description What the engine answered. */
            offer: components["schemas"]["Offer"];
            /**
             * Format: int64
             * @description Principal outstanding.
             */
            owed_fen: number;
            /**
             * Format: double
             * @description Probability of default, 0 to 1.
             */
            pd: number;
            /**
             * Format: int64
             * @description That was in force when it was made.
             */
            publication: number;
            /**
             * Format: int64
             * @description Principal.
             */
            repaid_fen: number;
            /** @description Of the line as it stands, if all of it is drawn at once. */
            schedule: components["schemas"]["Instalment"][];
            season: string;
            /** @enum {string} */
            state: "applied" | "decided" | "referred" | "approved" | "accepted" | "drawn" | "repaid" | "rejected" | "withdrawn";
            /** Format: date-time */
            updated_at: string;
            village: string;
        };
        ApplicationEvent: {
            /** @enum {string} */
            act: "apply" | "decide" | "refer" | "reject" | "approve" | "accept" | "withdraw" | "expire" | "draw" | "repay";
            /** @description Account; parus: the system. */
            actor: string;
            /**
             * Format: int64
             * @description Asked, offered, drawn or repaid.
             */
            amount_fen: number;
            /** Format: date-time */
            at: string;
            /** @description SHA-256 of the event and the one before it, hex. */
            hash: string;
            reason: string;
            /** @enum {string} */
            role: "system" | "officer" | "approver";
            /**
             * Format: int64
             * @description Of the county's chain.
             */
            seq: number;
            /**
             * @description After it.
             * @enum {string}
             */
            state: "applied" | "decided" | "referred" | "approved" | "accepted" | "drawn" | "repaid" | "rejected" | "withdrawn";
        };
        ApplicationsOutputBody: {
            items: components["schemas"]["Application"][];
            /** @description Empty on the last page. */
            next_cursor: string;
        };
        ApplyInputBody: {
            /**
             * Format: int64
             * @description In whole fen.
             */
            asked_fen: number;
            /**
             * Format: int64
             * @description Debts to others that fall due until the line does, as they are known today; less than the score knows of counts for nothing.
             */
            debt_due_fen?: number;
            household_id: string;
            /**
             * @description checked: the person is of the household, by an identity card; unchecked: an approver decides; differs: no line.
             * @enum {string}
             */
            identity: "checked" | "unchecked" | "differs";
            /**
             * Format: int64
             * @description That the officer looks at; it must be in force.
             */
            publication: number;
            /**
             * Format: date-time
             * @description When the household signed; never in the future.
             */
            signed_at?: string;
        };
        ApproveInputBody: {
            /** @description 4 to 500 characters. */
            reason: string;
        };
        AskRescoreInputBody: {
            county: string;
            season: string;
        };
        Assumed: {
            /** Format: int64 */
            debt_due_fen: number;
            /** @description By parcel: the area that counts, the smaller of contract and geometry. */
            mu: {
                [key: string]: number;
            };
            /** Format: int64 */
            off_farm_fen: number;
            /** Format: int64 */
            subsidy_fen: number;
        };
        Backtest: {
            actor: string;
            /** Format: date-time */
            at: string;
            county: string;
            /** @description Of the policy. */
            digest: string;
            engine_version: string;
            /** Format: int64 */
            households: number;
            /** Format: int64 */
            id: number;
            report?: unknown;
            /** Format: int64 */
            run: number;
            season: string;
        };
        BacktestProgress: {
            /**
             * Format: int64
             * @description Households.
             */
            done: number;
            /**
             * Format: int64
             * @description Of the back-test, once it is kept.
             */
            id: number;
            /** @description Why it failed. */
            problem: string;
            /** @enum {string} */
            state: "running" | "kept" | "failed";
            /** Format: int64 */
            total: number;
        };
        BandOutputBody: {
            /** @description Null where nothing was seen clearly. */
            band: components["schemas"]["CountyBand"] | null;
        };
        Card: {
            /** Format: date-time */
            approved_at: string | null;
            /** @description Empty until approved. */
            approver: string;
            author: string;
            /** @description Newest first, without their reports. */
            backtests: components["schemas"]["Backtest"][];
            /** Format: date-time */
            created_at: string;
            /** @description SHA-256 of the document; it names the document for ever. */
            digest: string;
            /** @description YAML. */
            document: string;
            /** @description Oldest first. */
            history: components["schemas"]["Event"][];
            /** @description Counties in which it is the challenger. */
            shadows: string[];
            /**
             * @description Its state, or that of its terms today.
             * @enum {string}
             */
            standing: "draft" | "tested" | "approved" | "replaced" | "scheduled" | "in_force" | "superseded" | "rolled_back";
            /** @enum {string} */
            state: "draft" | "tested" | "approved" | "replaced";
            terms: components["schemas"]["Term"][];
            version: string;
        };
        ChangeAccountInputBody: {
            counties?: string[];
            /** @description True ends its sessions at once. */
            disabled?: boolean;
            /** @enum {string} */
            role?: "officer" | "partner" | "risk" | "approver" | "auditor" | "admin";
            /** @description Of the provider of identities; empty takes it away. */
            subject?: string;
        };
        ChangesOutputBody: {
            /** @description Against the other policy, key by key. */
            changes: components["schemas"]["PolicyChange"][];
            /** Format: int64 */
            rules: number;
            version: string;
        };
        Choices: {
            /** @enum {string} */
            area_unit?: "" | "m2" | "ha" | "mu";
            /** @description Column of each of id, household, area, village, name; '-' for none. */
            columns?: {
                [key: string]: string;
            };
            /** @description Coordinate system instead of the declared one. */
            crs?: string;
            /**
             * @description Of tables' text.
             * @enum {string}
             */
            encoding?: "" | "UTF-8" | "GB18030" | "Windows-1252";
            /** @description Of a file that has several. */
            layer?: string;
        };
        CollectionsOutputBody: {
            /** @description By county and season. */
            collections: components["schemas"]["OgcCollection"][];
            links: components["schemas"]["FeatureLink"][];
        };
        CommitUploadInputBody: {
            /**
             * Format: int64
             * @description Of the check whose report was read.
             */
            round: number;
        };
        ConformanceOutputBody: {
            conformsTo: string[];
        };
        ConsentInputBody: {
            /** @enum {string} */
            act: "give" | "revoke";
            /** @description Where the signed paper lies, or how it was said; 2 to 500 characters. No personal data. */
            evidence: string;
            household_id: string;
            /** Format: int64 */
            publication: number;
        };
        CountyBand: {
            /** @description Empty where the band is over all crops. */
            crop: string;
            dates: string[];
            p10: number[];
            p50: number[];
            p90: number[];
            /** Format: int64 */
            parcels: number;
        };
        CropArea: {
            /** Format: double */
            area_m2: number;
            crop: string;
            /** Format: int64 */
            parcels: number;
        };
        CropShare: {
            crop: string;
            /** Format: double */
            p: number;
        };
        Curve: {
            dates: string[];
            ndvi: (number | null)[];
            smooth: (number | null)[];
            smooth_from: string | null;
            /** @description Share of the parcel that was clear, 0 to 1. */
            valid: number[];
        };
        Decision: {
            /** Format: double */
            apr: number;
            /** @description need, capacity, value, or the name of a cap. */
            binding: string;
            /**
             * Format: int64
             * @description The lowest cap of the policy.
             */
            cap_fen: number;
            /**
             * Format: int64
             * @description What the harvest can repay.
             */
            capacity_fen: number;
            due_date: string | null;
            income: components["schemas"]["Income"];
            /** Format: int64 */
            line_fen: number;
            /**
             * Format: int64
             * @description Cash cost of the inputs.
             */
            need_fen: number;
            parcels_dropped: components["schemas"]["Dropped"][];
            /** Format: int64 */
            parcels_used: number;
            /** Format: double */
            pd: number;
            /** @description Strongest first, at most four. */
            reasons: components["schemas"]["Reason"][];
            /** @description Why it was referred, in English. */
            referral: string;
            /** @description Why it was referred, in Chinese. */
            referral_zh: string;
            referred: boolean;
            /**
             * Format: int64
             * @description Share of the expected revenue.
             */
            value_fen: number;
        };
        Defect: {
            /** @description West, south, east, north in degrees; null where the defect has no place. */
            bounds: [
                number,
                number,
                number,
                number
            ] | null;
            code: string;
            /** @description The same. */
            fix: string;
            key: string;
            layer: string;
            /** @description Chinese, a slash, English. */
            message: string;
            /** @description What was there before a repair. */
            original: string;
            /**
             * Format: int64
             * @description Record in its file or table, from 1; 0: of no row.
             */
            row: number;
            /**
             * Format: int64
             * @description Place in the report, from 1.
             */
            seq: number;
            /** @enum {string} */
            severity: "error" | "repaired" | "warning";
        };
        DefectKind: {
            code: string;
            /** Format: int64 */
            count: number;
            /** @description What to do, Chinese, a slash, English. */
            fix: string;
            /** @enum {string} */
            severity: "error" | "repaired" | "warning";
        };
        DefectsOutputBody: {
            items: components["schemas"]["Defect"][];
            /** @description Of the next page, as after; empty on the last. */
            next_cursor: string;
            /** Format: int64 */
            total: number;
        };
        Difference: {
            /** Format: int64 */
            after: number;
            /** Format: int64 */
            after_fen: number;
            /** Format: int64 */
            before: number;
            /**
             * Format: int64
             * @description All lines together.
             */
            before_fen: number;
            /** Format: int64 */
            down: number;
            /**
             * Format: int64
             * @description By which lines fell, together; not above 0.
             */
            down_fen: number;
            /**
             * Format: int64
             * @description Decided only in the earlier one.
             */
            gone: number;
            /**
             * Format: int64
             * @description Decided only in the later one.
             */
            new: number;
            /**
             * Format: int64
             * @description Households newly referred to an officer.
             */
            referred: number;
            /** Format: int64 */
            same: number;
            /**
             * Format: int64
             * @description No longer referred.
             */
            unreferred: number;
            /**
             * Format: int64
             * @description Households with a higher line.
             */
            up: number;
            /**
             * Format: int64
             * @description By which lines rose, together.
             */
            up_fen: number;
            /** @description Those that moved most first. */
            villages: components["schemas"]["VillageDifference"][];
        };
        Dispute: {
            /**
             * Format: double
             * @description Published.
             */
            area_m2: number;
            /** @description Account. */
            author: string;
            county: string;
            /** Format: date-time */
            created_at: string;
            /** @description Published catalogue code, empty where unknown. */
            crop: string;
            household_id: string;
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            kind: "boundary" | "crop" | "not_mine";
            parcel_id: string;
            /** @description Catalogue code; empty unless of kind crop. */
            proposed_crop: string;
            /**
             * Format: double
             * @description Of the proposed outline on the ellipsoid; null unless of kind boundary.
             */
            proposed_m2: number | null;
            /**
             * Format: int64
             * @description That was looked at. It keeps what it published.
             */
            publication: number;
            /** @description Account; empty unless it is accepted or rejected. */
            reviewer: string;
            season: string;
            /** @enum {string} */
            state: "open" | "accepted" | "rejected" | "withdrawn";
            /** Format: date-time */
            updated_at: string;
            village: string;
        };
        DisputeCard: {
            /**
             * Format: double
             * @description Published.
             */
            area_m2: number;
            /** @description Account. */
            author: string;
            county: string;
            /** Format: date-time */
            created_at: string;
            /** @description Published catalogue code, empty where unknown. */
            crop: string;
            /** @description The outline as it was published. */
            disputed: components["schemas"]["Outline"];
            evidence: string;
            /** @description Oldest first. */
            history: components["schemas"]["DisputeEvent"][];
            household_id: string;
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            kind: "boundary" | "crop" | "not_mine";
            /** @description Neighbours that the proposal overlaps by more than a square metre, the largest first, up to 20. */
            overlaps: components["schemas"]["Overlap"][];
            parcel_id: string;
            /** @description Null unless of kind boundary. */
            proposed: components["schemas"]["Outline"] | null;
            /** @description Catalogue code; empty unless of kind crop. */
            proposed_crop: string;
            /**
             * Format: double
             * @description Of the proposed outline on the ellipsoid; null unless of kind boundary.
             */
            proposed_m2: number | null;
            /**
             * Format: int64
             * @description That was looked at. It keeps what it published.
             */
            publication: number;
            /** @description Account; empty unless it is accepted or rejected. */
            reviewer: string;
            season: string;
            /** @enum {string} */
            state: "open" | "accepted" | "rejected" | "withdrawn";
            /** Format: date-time */
            updated_at: string;
            village: string;
        };
        DisputeEvent: {
            /** @enum {string} */
            act: "propose" | "accept" | "reject" | "withdraw";
            /** @description Account and role. */
            actor: string;
            /** Format: date-time */
            at: string;
            reason: string;
            /**
             * @description After it.
             * @enum {string}
             */
            state: "open" | "accepted" | "rejected" | "withdrawn";
        };
        DisputesOutputBody: {
            items: components["schemas"]["Dispute"][];
            /** @description Empty on the last page. */
            next_cursor: string;
        };
        Drive: {
            /**
             * Format: double
             * @description By how much of its width P10 to P90 would be narrower if this were settled; below 0, wider.
             */
            narrower: number;
            /** @enum {string} */
            source: "match" | "crop" | "yield" | "county" | "price";
        };
        Dropped: {
            id: string;
            why: string;
        };
        Event: {
            /** @enum {string} */
            act: "draft" | "replace" | "test" | "approve" | "activate" | "rollback" | "challenge" | "dismiss";
            /** @description Account and role. */
            actor: string;
            /** Format: date-time */
            at: string;
            /** @description What the act is about: the back-test, the term. */
            body: unknown;
            reason: string;
            /** Format: int64 */
            seq: number;
            /**
             * @description After it.
             * @enum {string}
             */
            state: "draft" | "tested" | "approved" | "replaced";
        };
        Fact: {
            en: string;
            kind: string;
            live: boolean;
            name: string;
            unit: string;
            zh: string;
        };
        FactsOutputBody: {
            items: components["schemas"]["Fact"][];
        };
        Fault: {
            /** Format: int64 */
            column: number;
            excerpt: string;
            key: string;
            /** Format: int64 */
            line: number;
            message: string;
        };
        FeatureLink: {
            href: string;
            rel: string;
            title?: string;
            type: string;
        };
        FindPeopleInputBody: {
            /** @description Why the person is looked for, 4 to 200 characters; kept in the audit. */
            purpose: string;
            /** @description A whole ID number, telephone number or name. */
            text: string;
        };
        FindPeopleOutputBody: {
            items: components["schemas"]["PersonHit"][];
        };
        ForceInputBody: {
            /** @description 4 to 200 characters; kept in the county's audit. */
            reason: string;
        };
        ForceOutputBody: {
            /**
             * Format: int64
             * @description Publication that was in force before; 0: none.
             */
            replaced: number;
        };
        Hazard: {
            /** @description Clear pictures show it; then it is in the yield. */
            confirmed: boolean;
            en: string;
            /** @description The earliest day on which it can have begun. */
            from: string;
            /** @enum {string} */
            kind: "drought" | "flood" | "frost" | "heat" | "green_loss";
            /**
             * Format: double
             * @description Share of the yield.
             */
            loss: number;
            /** Format: double */
            loss_sd: number;
            /**
             * Format: double
             * @description 0 to 1.
             */
            strength: number;
            to: string;
            zh: string;
        };
        Hit: {
            bounds: [
                number,
                number,
                number,
                number
            ] | null;
            id: string;
            /** @enum {string} */
            kind: "household" | "parcel" | "village";
            /** @description Masked name of a household, local name of a parcel, name of a village. */
            label: string;
            /** Format: int64 */
            line_fen: number | null;
            village: string;
        };
        Household: {
            /**
             * Format: double
             * @description Yearly rate, 0 to 1.
             */
            apr: number | null;
            /** Format: double */
            area_m2: number;
            bounds: [
                number,
                number,
                number,
                number
            ] | null;
            /** @description Crop of the largest area; empty where unknown. */
            crop: string;
            /** @description Masked. */
            display_name: string;
            /** @description YYYY-MM-DD. */
            due_date: string | null;
            id: string;
            /** Format: int64 */
            line_fen: number | null;
            /** Format: int64 */
            parcels: number;
            /**
             * Format: double
             * @description Probability of default, 0 to 1.
             */
            pd: number | null;
            /** @description Codes, strongest first. */
            reasons: string[];
            /** @description An officer has to look. */
            referred: boolean | null;
            village: string;
        };
        HouseholdCard: {
            /**
             * Format: double
             * @description Yearly rate, 0 to 1.
             */
            apr: number | null;
            /** Format: double */
            area_m2: number;
            bounds: [
                number,
                number,
                number,
                number
            ] | null;
            /** @description Crop of the largest area; empty where unknown. */
            crop: string;
            /** @description Null for roles that see no scores. */
            decision: components["schemas"]["Decision"] | null;
            /** @description Masked. */
            display_name: string;
            /** @description YYYY-MM-DD. */
            due_date: string | null;
            id: string;
            /** Format: int64 */
            line_fen: number | null;
            parcel_list: components["schemas"]["Parcel"][];
            /** Format: int64 */
            parcels: number;
            /**
             * Format: double
             * @description Probability of default, 0 to 1.
             */
            pd: number | null;
            /** @description Codes, strongest first. */
            reasons: string[];
            /** @description An officer has to look. */
            referred: boolean | null;
            village: string;
        };
        HouseholdsOutputBody: {
            items: components["schemas"]["Household"][];
            /** @description Empty on the last page. */
            next_cursor: string;
            /** Format: int64 */
            total: number;
        };
        ImageryBody: {
            /** @description Colours of vegetation by NDVI; hatched is cloud, shadow or snow. */
            legend: components["schemas"]["Stop"][];
            /**
             * Format: int64
             * @description Enlarge from here.
             */
            maxzoom: number;
            /** Format: int64 */
            minzoom: number;
            /** @description By date. */
            scenes: components["schemas"]["SceneOverlay"][];
        };
        Income: {
            /** Format: int64 */
            p10_fen: number;
            /** Format: int64 */
            p50_fen: number;
            /** Format: int64 */
            p90_fen: number;
        };
        Instalment: {
            /** @description YYYY-MM-DD. */
            date: string;
            /** Format: int64 */
            interest_fen: number;
            /** Format: int64 */
            principal_fen: number;
        };
        LandingOutputBody: {
            description: string;
            links: components["schemas"]["FeatureLink"][];
            title: string;
        };
        Limit: {
            /**
             * Format: int64
             * @description Null: no limit.
             */
            amount_fen: number | null;
            /** Format: date-time */
            at: string;
            /**
             * Format: int64
             * @description Lines offered, accepted and drawn, less what was paid back; of a default the most that one key holds.
             */
            committed_fen: number;
            /** @description Household id, village code, county code, crop code; empty: the default of the kind. */
            key: string;
            /** @enum {string} */
            kind: "household" | "village" | "county" | "crop";
            /** @description Account. */
            set_by: string;
        };
        Limits: {
            /** Format: double */
            county_crop_share: number;
            /** Format: double */
            county_share: number;
            /** Format: double */
            crop_share: number;
            /** Format: int64 */
            household_cap: number;
            /** Format: int64 */
            village_cap: number;
        };
        LimitsOutputBody: {
            items: components["schemas"]["Limit"][];
        };
        Monitoring: {
            actor: string;
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            kind: "portfolio" | "stability" | "performance" | "fairness";
            /** @description As the verb of the command line writes it; see docs/monitoring.md. */
            result: unknown;
        };
        MonitoringOutputBody: {
            items: components["schemas"]["Monitoring"][];
        };
        MoveAlertInputBody: {
            /**
             * @description assign: take it, also from somebody else; acknowledge: it is true and is being dealt with.
             * @enum {string}
             */
            act: "assign" | "acknowledge" | "close";
            /** @description Up to 500 characters; needed to close. */
            reason?: string;
        };
        MoveApplicationInputBody: {
            /** @enum {string} */
            act: "approve" | "reject" | "accept" | "withdraw" | "draw" | "repay";
            /**
             * Format: int64
             * @description Of draw and repay; of approve the line, where it is another than was proposed.
             */
            amount_fen?: number;
            /** @description Up to 500 characters; needed to reject and to withdraw. */
            reason?: string;
        };
        MoveDisputeInputBody: {
            /** @enum {string} */
            act: "accept" | "reject" | "withdraw";
            /** @description Up to 500 characters; 2 at least to accept or reject. */
            reason?: string;
        };
        Mover: {
            /** Format: int64 */
            after_fen: number | null;
            /**
             * Format: int64
             * @description Null where it was not decided.
             */
            before_fen: number | null;
            /** Format: int64 */
            change_fen: number;
            /** @description Masked name. */
            household: string;
            household_id: string;
            /** @enum {string} */
            move: "up" | "down" | "same" | "new" | "gone";
            /**
             * @description Why it can't be explained.
             * @enum {string}
             */
            note: "" | "not_kept" | "not_explained";
            /** @description They add up to change_fen; empty where it can't be explained. */
            parts: components["schemas"]["Part"][];
            referred_after: boolean;
            referred_before: boolean;
            /**
             * @description Group of the largest part; empty: none, or not known.
             * @enum {string}
             */
            strongest: "" | "area_match" | "crop" | "yield" | "price_policy" | "finances" | "debts" | "season";
            village: string;
        };
        MoveRescoreInputBody: {
            /**
             * @description start: it is as planned, go; withdraw: forget it.
             * @enum {string}
             */
            act: "start" | "withdraw";
            /** @description Why it is scored again, 4 to 200 characters; needed to start, kept in the run's history. */
            reason?: string;
        };
        MoversOutputBody: {
            items: components["schemas"]["Mover"][];
            /** @description Empty on the last page. */
            next_cursor: string;
        };
        MoveRunInputBody: {
            /**
             * @description pause: take up no unit any more; cancel: end it without a publication; retry: try failed items again.
             * @enum {string}
             */
            act: "pause" | "resume" | "cancel" | "retry";
            /** @description Of retry: this item alone, whatever it failed of. */
            item?: string;
            /** @description Of retry: also what trying again is not expected to mend. */
            poison?: boolean;
            /** @description 4 to 200 characters; kept in the run's history. */
            reason: string;
        };
        MoveRunOutputBody: {
            /** @description As it is afterwards. */
            run: components["schemas"]["RunCard"];
            /**
             * Format: int64
             * @description Cancelled, or tried again.
             */
            units: number;
        };
        Offer: {
            /**
             * Format: int64
             * @description Of the score.
             */
            age_days: number;
            /**
             * Format: double
             * @description Yearly rate, 0 to 1.
             */
            apr: number;
            /** @description asked, need, capacity, value, or the name of a cap or limit. */
            binding: string;
            /**
             * Format: int64
             * @description The most that an approver may offer.
             */
            cap_fen: number;
            /** @description A line is offered that is less than was asked for. */
            counter: boolean;
            /** @description ISO 4217. */
            currency: string;
            /** @description Digest of the decision behind it. */
            decision: string;
            /** @description YYYY-MM-DD. */
            due_date: string;
            /**
             * Format: int64
             * @description Reserved where decided; where referred, what an approver starts from.
             */
            line_fen: number;
            /**
             * Format: double
             * @description Probability of default, 0 to 1.
             */
            pd: number;
            /** @description Strongest first, at most four. */
            reasons: components["schemas"]["Reason"][];
            /** @description The same in English. */
            referral: string;
            /** @description Why somebody has to look, or why there is no line, in Chinese. */
            referral_zh: string;
            /** @description Of the line if all of it is drawn at once. */
            schedule: components["schemas"]["Instalment"][];
        };
        OgcCollection: {
            crs: string[];
            description: string;
            extent: components["schemas"]["OgcExtent"];
            id: string;
            itemType: string;
            links: components["schemas"]["FeatureLink"][];
            title: string;
        };
        OgcExtent: {
            spatial?: components["schemas"]["OgcSpatial"];
            /** @description The season, which is the time of each feature. */
            temporal?: components["schemas"]["OgcTemporal"];
        };
        OgcSpatial: {
            bbox: [
                number,
                number,
                number,
                number
            ][];
            crs: string;
        };
        OgcTemporal: {
            /** @description First and last moment; null: open. */
            interval: [
                string | null,
                string | null
            ][];
            trs: string;
        };
        Outline: {
            /** @description Polygons of closed rings of [longitude, latitude]. */
            coordinates: [
                number,
                number
            ][][][];
            /** @enum {string} */
            type: "MultiPolygon";
        };
        Outlook: {
            /** @description Simulated harvests by bin; the last bin holds all above it too. */
            counts: number[];
            /**
             * Format: int64
             * @description Simulated harvests in all.
             */
            draws: number;
            /**
             * Format: int64
             * @description Where the first bin begins.
             */
            from_fen: number;
            /**
             * Format: int64
             * @description The line with its interest until it is due.
             */
            owed_fen: number;
            /** Format: int64 */
            p10_fen: number;
            /** Format: int64 */
            p50_fen: number;
            /** Format: int64 */
            p90_fen: number;
            /**
             * Format: double
             * @description Share of the harvests that bring less than that.
             */
            short: number;
            /** @description The widest source first. */
            spread: components["schemas"]["Drive"][];
            /**
             * Format: int64
             * @description Of a bin.
             */
            width_fen: number;
        };
        Overlap: {
            /** Format: double */
            area_m2: number;
            parcel_id: string;
        };
        Parcel: {
            abstained: boolean;
            /** Format: double */
            area_m2: number;
            bounds: [
                number,
                number,
                number,
                number
            ] | null;
            /** @description Catalogue code of the best class; empty where unknown. */
            crop: string;
            /** Format: double */
            crop_p: number | null;
            id: string;
            name: string;
            /**
             * Format: double
             * @description kg/ha.
             */
            yield_p50: number | null;
        };
        ParcelCard: {
            abstained: boolean;
            /** Format: double */
            area_m2: number;
            bounds: [
                number,
                number,
                number,
                number
            ] | null;
            /** @description Catalogue code of the best class; empty where unknown. */
            crop: string;
            /** Format: double */
            crop_p: number | null;
            curve: components["schemas"]["Curve"] | null;
            /** @description Of the household; null for roles that see no scores. */
            decision: components["schemas"]["Decision"] | null;
            /** @description What befell the parcel this season, by date. */
            hazards: components["schemas"]["Hazard"][];
            household: components["schemas"]["Household"] | null;
            household_id: string;
            id: string;
            /**
             * Format: double
             * @description Probability that the registered shape is the field that was seen.
             */
            match_p: number | null;
            name: string;
            /**
             * Format: int64
             * @description Dates with enough clear pixels.
             */
            observations: number;
            /** @description A position inside the parcel, lon and lat. */
            point: [
                number,
                number
            ] | null;
            /** @description Likeliest three. */
            posterior: components["schemas"]["CropShare"][];
            /** @description Why the crop is not known well enough. */
            reason: string;
            village: string;
            /**
             * Format: double
             * @description kg/ha.
             */
            yield_p10: number | null;
            /**
             * Format: double
             * @description kg/ha.
             */
            yield_p50: number | null;
            /**
             * Format: double
             * @description kg/ha.
             */
            yield_p90: number | null;
        };
        ParcelFacts: {
            /** @description The crop model would not commit itself. */
            abstained: boolean;
            /**
             * Format: double
             * @description Of the registered shape, 0.0001.
             */
            area_ha: number;
            /** @description Catalogue code of the likeliest crop, also where the model abstained. */
            crop: string | null;
            /**
             * Format: double
             * @description That the shape is a sown field of about its size.
             */
            match_probability: number | null;
            /**
             * Format: double
             * @description Its probability.
             */
            p_crop: number | null;
            /**
             * Format: int64
             * @description Dates on which at least half of the parcel was clear.
             */
            valid_observations: number;
            /** @description Code; empty where unknown. */
            village: string;
            /**
             * Format: double
             * @description kg/ha of the mixture over all crops that the parcel may bear.
             */
            yield_kg_ha_p10: number | null;
            /** Format: double */
            yield_kg_ha_p50: number | null;
            /** Format: double */
            yield_kg_ha_p90: number | null;
        };
        Part: {
            /** Format: int64 */
            fen: number;
            /** @enum {string} */
            group: "area_match" | "crop" | "yield" | "price_policy" | "finances" | "debts" | "season";
        };
        PasswordInputBody: {
            current: string;
            /** @description At least 10 characters. */
            new: string;
        };
        PasswordOutputBody: {
            /** Format: int64 */
            id: number;
            /** @description Shown once; empty where the account has none. Its owner has to change it. */
            password: string;
        };
        Person: {
            address: string;
            /** @description Head of the household. */
            head: boolean;
            /** @description The holder of the contracts, as registered. */
            holder: boolean;
            id_number: string;
            name: string;
            phone: string;
        };
        PersonHit: {
            /** @description The holder of the contracts, as registered. */
            holder: boolean;
            household_id: string;
            /** @description Masked. */
            id_number: string;
            /** @description Masked. */
            name: string;
            /** @description Names the person across releases of the registry, and tells nothing. */
            person: string;
            /** @description Masked. */
            phone: string;
        };
        PlanStage: {
            /** @description Earlier stages decide how many there are; this is the most. */
            at_most: boolean;
            /**
             * Format: int64
             * @description By earlier runs with the same inputs.
             */
            done: number;
            /** Format: double */
            high_s: number;
            /** Format: double */
            low_s: number;
            /**
             * Format: int64
             * @description Earlier runs that the time rests on; 0: built-in figures.
             */
            runs: number;
            stage: string;
            /** Format: int64 */
            units: number;
            /** Format: double */
            wall_s: number;
        };
        PoliciesOutputBody: {
            items: components["schemas"]["Policy"][];
        };
        Policy: {
            /** Format: date-time */
            approved_at: string | null;
            /** @description Empty until approved. */
            approver: string;
            author: string;
            /** Format: date-time */
            created_at: string;
            /** @description SHA-256 of the document; it names the document for ever. */
            digest: string;
            /**
             * @description Its state, or that of its terms today.
             * @enum {string}
             */
            standing: "draft" | "tested" | "approved" | "replaced" | "scheduled" | "in_force" | "superseded" | "rolled_back";
            /** @enum {string} */
            state: "draft" | "tested" | "approved" | "replaced";
            version: string;
        };
        PolicyChange: {
            after: string;
            before: string;
            key: string;
        };
        PolicyDocument: {
            /** @description YAML; see docs/policy.md. */
            document: string;
            /** @description Up to 500 characters; kept in the history. */
            reason?: string;
        };
        Problem: {
            /** @description Stable; the page translates it. */
            code: string;
            /**
             * Format: int64
             * @description From 1, in characters.
             */
            column?: number;
            detail?: string;
            /** @description Every fault of a policy's document, by line. */
            faults?: components["schemas"]["Fault"][];
            /** @description What was wrong with the request, place by place. */
            fields?: string[];
            /**
             * Format: int64
             * @description Of the first fault, from 1; left out where the document does not name the key.
             */
            line?: number;
            /** @description What to do. */
            next: string;
            /** Format: int64 */
            status: number;
            title: string;
            /** @description urn:parus:problem: and the code. */
            type: string;
        };
        ProposeInputBody: {
            /** @description Catalogue code of what grows there; of kind crop alone. */
            crop?: string;
            /** @description What it rests on, 2 to 500 characters, without telephone or ID numbers. */
            evidence: string;
            /** @enum {string} */
            kind: "boundary" | "crop" | "not_mine";
            parcel_id: string;
            /** @description The outline as it should be; of kind boundary alone. */
            shape?: components["schemas"]["Outline"];
        };
        Publication: {
            /** @description West, south, east, north in degrees; null where nothing was published. */
            bounds: [
                number,
                number,
                number,
                number
            ] | null;
            /** @description Administrative code. */
            county: string;
            county_name: string;
            /** Format: date-time */
            created_at: string;
            /** @description ISO 4217. */
            currency: string;
            /** @description Last day of the season, YYYY-MM-DD. */
            ends: string | null;
            /**
             * Format: int64
             * @description Names the release in the path of its tiles.
             */
            id: number;
            /** @description The one that people see of its county and season: the newest, unless an earlier one was put back. */
            in_force: boolean;
            season: string;
            /** @description First day of the season, YYYY-MM-DD. */
            starts: string | null;
        };
        PublicationListBody: {
            items: components["schemas"]["Publication"][];
        };
        PublishedOutline: {
            /** Format: double */
            area_m2: number;
            shape: components["schemas"]["Outline"];
        };
        RasterJSON: {
            bounds?: [
                number,
                number,
                number,
                number
            ];
            /** Format: int64 */
            maxzoom: number;
            /** Format: int64 */
            minzoom: number;
            name: string;
            tilejson: string;
            tiles: string[];
        };
        Reason: {
            code: string;
            /**
             * Format: int64
             * @description How much larger the line would be without it.
             */
            effect_fen: number;
            en: string;
            /** @description What would lift it, in English. */
            lift_en: string;
            /** @description What would lift it, in Chinese. */
            lift_zh: string;
            zh: string;
        };
        ReleaseBefore: {
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            households: number;
            /** Format: int64 */
            parcels: number;
            /** Format: int64 */
            release: number;
            source: string;
        };
        Rescore: {
            /** Format: date-time */
            asked_at: string;
            asked_by: string;
            confirmed_by: string;
            county: string;
            /** Format: int64 */
            id: number;
            plan: components["schemas"]["RunPlan"] | null;
            /** Format: date-time */
            planned_at: string | null;
            reason: string;
            /** @description Why it was refused. */
            result: string;
            /**
             * Format: int64
             * @description That it started; 0: none.
             */
            run: number;
            season: string;
            /**
             * @description asked: a worker plans it; planned: look at the plan and confirm it; confirmed: a worker starts it.
             * @enum {string}
             */
            state: "asked" | "planned" | "confirmed" | "started" | "refused" | "withdrawn";
        };
        RescoresOutputBody: {
            items: components["schemas"]["Rescore"][];
        };
        Result: {
            /** Format: int64 */
            amount_fen: number;
            /** Format: int64 */
            at_risk_fen: number;
            counties: components["schemas"]["Segment"][];
            county_crops: components["schemas"]["Segment"][];
            /** Format: double */
            county_rho: number;
            crops: components["schemas"]["Segment"][];
            /** Format: int64 */
            expected_loss_fen: number;
            /** Format: int64 */
            exposures: number;
            /** Format: double */
            hhi_county: number;
            /** Format: double */
            hhi_crop: number;
            /** Format: double */
            hhi_household: number;
            /** Format: double */
            hhi_village: number;
            /** Format: double */
            implied_correlation: number;
            /** Format: int64 */
            independent_fen: number;
            /** Format: double */
            level: number;
            limits: components["schemas"]["Limits"];
            loss_rate_by_bin: number[];
            /** Format: int64 */
            over: number;
            /** Format: int64 */
            scenarios: number;
            /** Format: int64 */
            shortfall_fen: number;
            /** Format: int64 */
            shortfall_se_fen: number;
            /** Format: double */
            single_factor_share: number;
            usage: components["schemas"]["Usage"][];
            version: string;
            /** Format: int64 */
            villages: number;
            /** Format: int64 */
            whole_fen: number;
        };
        RevealInputBody: {
            /**
             * Format: int64
             * @description As the registry was for this publication; left out: as it is in force.
             */
            publication?: number;
            /** @description Why the data are needed, 4 to 200 characters; kept in the audit. */
            purpose: string;
        };
        RevealOutputBody: {
            items: components["schemas"]["Person"][];
        };
        RollbackInputBody: {
            /** @description As it was put in force. */
            prefix: string;
            /** @description 4 to 500 characters. */
            reason: string;
        };
        RowCount: {
            /** Format: int64 */
            accepted: number;
            /** Format: int64 */
            corrected: number;
            /** Format: int64 */
            in: number;
            /** Format: int64 */
            quarantined: number;
        };
        Run: {
            county: string;
            county_name: string;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            ended: number;
            /** Format: int64 */
            failed: number;
            /** Format: date-time */
            finished_at: string | null;
            /** Format: int64 */
            id: number;
            /** @description Whether people see that publication. */
            in_force: boolean;
            /**
             * Format: int64
             * @description What it has published last; 0: nothing.
             */
            publication: number;
            /** @description Why it is paused, cancelled or failed. */
            reason: string;
            season: string;
            /** @enum {string} */
            state: "running" | "paused" | "done" | "failed" | "cancelled";
            /**
             * Format: int64
             * @description Planned so far.
             */
            units: number;
        };
        RunAct: {
            /** @enum {string} */
            act: "start" | "pause" | "resume" | "cancel" | "retry";
            actor: string;
            /** Format: date-time */
            at: string;
            reason: string;
            /**
             * @description Of the run after it.
             * @enum {string}
             */
            state: "running" | "paused" | "done" | "failed" | "cancelled";
        };
        RunCard: {
            /** @description What stages have cost since the estimate. */
            actual: components["schemas"]["StageSpent"][];
            /**
             * Format: int64
             * @description The publication of the season before this run's own, to compare with; 0: none.
             */
            before: number;
            county: string;
            county_name: string;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            ended: number;
            /** Format: int64 */
            failed: number;
            /** Format: date-time */
            finished_at: string | null;
            /** @description What people did to it, the oldest first. */
            history: components["schemas"]["RunAct"][];
            /** Format: int64 */
            id: number;
            /** @description Whether people see that publication. */
            in_force: boolean;
            /** @description What it was expected to cost; null where nobody asked. */
            plan: components["schemas"]["RunPlan"] | null;
            progress: components["schemas"]["RunProgress"];
            /**
             * Format: int64
             * @description What it has published last; 0: nothing.
             */
            publication: number;
            /** @description Why it is paused, cancelled or failed. */
            reason: string;
            season: string;
            /** @enum {string} */
            state: "running" | "paused" | "done" | "failed" | "cancelled";
            /**
             * Format: double
             * @description Seconds from the estimate to the last unit's end, of a run at its end.
             */
            took_s: number | null;
            /**
             * Format: int64
             * @description Planned so far.
             */
            units: number;
        };
        RunItem: {
            /** Format: int64 */
            attempts: number;
            item: string;
            /** @description Trying again is not expected to mend it. */
            poison: boolean;
            reason: string;
            /** @description It is a unit of work; others are rows and scenes that were refused when inputs were read. */
            retryable: boolean;
            stage: string;
            /** @enum {string} */
            state: "failed" | "skipped" | "done" | "running" | "pending" | "cancelled";
        };
        RunItemsOutputBody: {
            items: components["schemas"]["RunItem"][];
            /** @description Empty on the last page. */
            next_cursor: string;
        };
        RunPlan: {
            /**
             * Format: int64
             * @description By which the database grows.
             */
            disk_bytes: number;
            /** Format: double */
            high_s: number;
            /**
             * Format: int64
             * @description To be read, of files whose size is known.
             */
            imagery_bytes: number;
            /**
             * Format: int64
             * @description To be read, of sizes not known.
             */
            imagery_files: number;
            /**
             * Format: double
             * @description Seconds on the clock, and their range.
             */
            low_s: number;
            /**
             * Format: int64
             * @description In one worker, at most.
             */
            memory_bytes: number;
            stages: components["schemas"]["PlanStage"][];
            /**
             * Format: int64
             * @description Units at once.
             */
            threads: number;
            /**
             * Format: int64
             * @description Units; 0: the same inputs have been through.
             */
            to_do: number;
            /** Format: double */
            wall_s: number;
        };
        RunProgress: {
            county: string;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: int64
             * @description Units at their end.
             */
            ended: number;
            /** Format: int64 */
            failed: number;
            /**
             * Format: double
             * @description Seconds left at the present pace, and by the estimate for stages that have not begun; null: not known yet.
             */
            left_s: number | null;
            /** @description Why it is paused, cancelled or failed. */
            reason: string;
            /** Format: int64 */
            run: number;
            season: string;
            /**
             * Format: double
             * @description 0 to 1: units at their end, of those known and those expected.
             */
            share: number;
            /** @description In order; those that have not begun are told where an estimate knows them. */
            stages: components["schemas"]["StageProgress"][];
            /** @enum {string} */
            state: "running" | "paused" | "done" | "failed" | "cancelled";
            /**
             * Format: int64
             * @description Units known or expected.
             */
            units: number;
        };
        RunsOutputBody: {
            items: components["schemas"]["Run"][];
            /** @description Empty on the last page. */
            next_cursor: string;
        };
        SceneOverlay: {
            /**
             * Format: double
             * @description Share of the pixels with data that are not cloud, shadow or snow, 0 to 1.
             */
            clear_share: number;
            /** @description YYYY-MM-DD, UTC. */
            date: string;
            /** @description What can be shown of it. */
            kinds: string[];
            /** @description Id of the scene. */
            scene: string;
            /**
             * Format: int64
             * @description Changes where the scene is drawn anew; ask for tiles with ?v=version.
             */
            version: number;
        };
        ScoreSummary: {
            /** @description 20th, 40th, 60th and 80th percentile of the lines above zero. */
            line_breaks_fen: number[];
            /**
             * Format: int64
             * @description Sum of all lines.
             */
            line_fen: number;
            /** Format: double */
            mean_pd: number;
            /**
             * Format: int64
             * @description Median of the lines above zero.
             */
            median_fen: number;
            /**
             * Format: int64
             * @description Households referred to an officer.
             */
            referred: number;
            /**
             * Format: int64
             * @description Households with a line above zero.
             */
            with_line: number;
        };
        SearchOutputBody: {
            items: components["schemas"]["Hit"][];
        };
        Segment: {
            /** Format: int64 */
            amount_fen: number;
            county?: string;
            crop?: string;
            /** Format: int64 */
            expected_loss_fen: number;
            /** Format: int64 */
            tail_fen: number;
            /** Format: double */
            tail_rate: number;
        };
        SessionCard: {
            address: string;
            agent: string;
            /** Format: date-time */
            created_at: string;
            /** @description It is the one that asks. */
            current: boolean;
            /** Format: date-time */
            expires_at: string;
            /** Format: int64 */
            id: number;
            /**
             * Format: date-time
             * @description Last use, within a minute.
             */
            seen_at: string;
            /** @enum {string} */
            via: "password" | "oidc";
        };
        SessionsOutputBody: {
            items: components["schemas"]["SessionCard"][];
        };
        SetLimitInputBody: {
            /**
             * Format: int64
             * @description In whole fen; null lifts the limit.
             */
            amount_fen: number | null;
            county: string;
            /** @description Household id, village code, county code or crop code; empty: the default of the kind. */
            key?: string;
            /** @enum {string} */
            kind: "household" | "village" | "county" | "crop";
        };
        SignedIn: {
            /** @description Prefixes of county codes; an empty prefix sees every county. */
            counties: string[];
            /** Format: int64 */
            id: number;
            /** @description Somebody else has set the password: nothing else is answered until it is changed. */
            must_change?: boolean;
            name: string;
            /** @enum {string} */
            role: "officer" | "partner" | "risk" | "approver" | "auditor" | "admin";
            /**
             * Format: date
             * @description The day of business, where it isn't the clock's: a demonstration of an earlier season.
             */
            today?: string;
            /**
             * @description How it signed in: password, oidc or token.
             * @enum {string}
             */
            via?: "password" | "oidc" | "token";
        };
        SignInInputBody: {
            name: string;
            password: string;
        };
        StageProgress: {
            begun: boolean;
            /** Format: int64 */
            cancelled: number;
            /** Format: int64 */
            done: number;
            /**
             * Format: int64
             * @description At their end before this run asked for them.
             */
            earlier: number;
            /** Format: int64 */
            failed: number;
            /**
             * Format: double
             * @description Seconds left; null: not known.
             */
            left_s: number | null;
            /**
             * Format: double
             * @description Units ended a minute, over the last two minutes; 0: none.
             */
            per_minute: number;
            /** Format: int64 */
            running: number;
            /** Format: int64 */
            skipped: number;
            stage: string;
            /**
             * Format: int64
             * @description Known, or expected where the stage has not begun.
             */
            units: number;
            /** Format: int64 */
            waiting: number;
        };
        StageSpent: {
            /** Format: int64 */
            peak_bytes: number;
            stage: string;
            /** Format: int64 */
            units: number;
            /**
             * Format: double
             * @description Seconds from its first unit's start to its last one's end.
             */
            wall_s: number;
        };
        StartBacktestInputBody: {
            county: string;
            /** @description Up to 500 characters; kept in the history. */
            reason?: string;
            season: string;
        };
        Stop: {
            /** @description #rrggbb */
            colour: string;
            /** Format: double */
            ndvi: number;
        };
        Summary: {
            /**
             * Format: int64
             * @description Parcels whose crop is not known well enough.
             */
            abstained: number;
            /** Format: double */
            area_m2: number;
            /** @description Largest area first. */
            crops: components["schemas"]["CropArea"][];
            /** Format: int64 */
            households: number;
            /** Format: int64 */
            parcels: number;
            /** Format: int64 */
            publication: number;
            /** @description Null for roles that see no scores. */
            scores: components["schemas"]["ScoreSummary"] | null;
            villages: components["schemas"]["Village"][];
        };
        Term: {
            /** @description Of the policy. */
            digest: string;
            /** @description First day on which a rollback had ended it; null: it has not been rolled back. */
            ended: string | null;
            from: string;
            /** Format: int64 */
            id: number;
            /** @description First digits of the counties' codes; empty is all. */
            prefix: string;
            /** Format: date-time */
            set_at: string;
            set_by: string;
            version: string;
        };
        TermInputBody: {
            /**
             * Format: date
             * @description First day, today or later; days begin at midnight UTC.
             */
            from: string;
            /** @description First digits of the counties' codes; empty is every county. */
            prefix: string;
            /** @description 4 to 500 characters. */
            reason: string;
        };
        TileJSON: {
            bounds?: [
                number,
                number,
                number,
                number
            ];
            /** Format: int64 */
            maxzoom: number;
            /** Format: int64 */
            minzoom: number;
            name: string;
            tilejson: string;
            tiles: string[];
            vector_layers: components["schemas"]["VectorLayer"][];
        };
        Token: {
            counties: string[];
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: int64 */
            id: number;
            /**
             * Format: date-time
             * @description Within a minute.
             */
            last_used_at: string | null;
            name: string;
            operations: ("read" | "applications" | "alerts" | "people")[];
            /** Format: date-time */
            revoked_at: string | null;
            /** @enum {string} */
            role: "officer" | "partner" | "risk" | "auditor";
            /** @enum {string} */
            state: "in_force" | "expired" | "revoked";
        };
        TokensOutputBody: {
            items: components["schemas"]["Token"][];
        };
        TrailEntry: {
            act: string;
            actor: string;
            /** Format: date-time */
            at: string;
            /** @description Empty for what belongs to no single county. */
            county: string;
            household: string;
            /** @description What it was done to, by the name of its kind. */
            item: string;
            /** @enum {string} */
            kind: "people" | "application" | "alert" | "run" | "policy" | "access";
            /** @description Models, engine and policy behind it; empty where there are none. */
            model: string;
            reason: string;
            /** @description Of the registry; empty where none was looked at. */
            release: string;
        };
        TrailOutputBody: {
            items: components["schemas"]["TrailEntry"][];
            /** @description Empty on the last page. */
            next_cursor: string;
        };
        Upload: {
            /** @description Account that uploads it. */
            by: string;
            committed_by: string;
            county: string;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description When its bytes go, unless something happens before.
             */
            expires_at: string;
            /**
             * Format: int64
             * @description Bytes that have come.
             */
            got: number;
            id: string;
            /** @description The release is the county's present one. */
            in_force: boolean;
            /** @description The release was there before, with the same content. */
            known: boolean;
            /** Format: date-time */
            moved_at: string;
            /** @description Of the file, as it was called where it came from. */
            name: string;
            /** @description What was chosen about how it is read. */
            options: components["schemas"]["Choices"];
            /** @description Of a refusal or a breakdown, in English, with names. */
            reason: string;
            /**
             * Format: int64
             * @description That it has become.
             */
            release: number | null;
            /**
             * Format: int64
             * @description How often it was asked to be checked.
             */
            round: number;
            /** @description Of its parcels, once it is checked. */
            rows: components["schemas"]["RowCount"] | null;
            /** Format: int64 */
            size: number;
            /** @enum {string} */
            state: "receiving" | "checking" | "checked" | "refused" | "quarantined" | "committing" | "committed" | "expired" | "withdrawn";
            /**
             * @description What the worker does.
             * @enum {string}
             */
            step: "waiting" | "fetching" | "reading" | "storing" | "";
            /**
             * @description Kind of refusal; the page has words for each.
             * @enum {string}
             */
            why: "kind" | "zip" | "bomb" | "path" | "nested" | "mapping" | "place" | "county" | "nothing" | "crashed" | "hung" | "memory" | "unreadable" | "failed" | "";
            /** @description A worker has it in hand. */
            working: boolean;
        };
        UploadCard: {
            /** @description The county's release in force, null for none. */
            before: components["schemas"]["ReleaseBefore"] | null;
            /** @description Account that uploads it. */
            by: string;
            committed_by: string;
            county: string;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description When its bytes go, unless something happens before.
             */
            expires_at: string;
            /** @description What it seems to be, with what else it could be: files, tables with encodings, columns and masked rows, coordinate systems. Null until it is checked. */
            found: unknown;
            /**
             * Format: int64
             * @description Bytes that have come.
             */
            got: number;
            history: components["schemas"]["UploadEvent"][];
            id: string;
            /** @description The release is the county's present one. */
            in_force: boolean;
            /** @description Defects by code, the worst first. */
            kinds: components["schemas"]["DefectKind"][];
            /** @description The release was there before, with the same content. */
            known: boolean;
            /** @description What the account that asks may do. */
            may: ("send" | "check" | "commit" | "withdraw")[];
            /** Format: date-time */
            moved_at: string;
            /** @description Of the file, as it was called where it came from. */
            name: string;
            /** @description What was chosen about how it is read. */
            options: components["schemas"]["Choices"];
            /**
             * Format: int64
             * @description Defects that have a place.
             */
            placed: number;
            /** @description Of a refusal or a breakdown, in English, with names. */
            reason: string;
            /**
             * Format: int64
             * @description That it has become.
             */
            release: number | null;
            /** @description The report without its defects. Null until it is checked. */
            report: unknown;
            /**
             * Format: int64
             * @description How often it was asked to be checked.
             */
            round: number;
            /** @description Of its parcels, once it is checked. */
            rows: components["schemas"]["RowCount"] | null;
            /** Format: int64 */
            size: number;
            /** @enum {string} */
            state: "receiving" | "checking" | "checked" | "refused" | "quarantined" | "committing" | "committed" | "expired" | "withdrawn";
            /**
             * @description What the worker does.
             * @enum {string}
             */
            step: "waiting" | "fetching" | "reading" | "storing" | "";
            /**
             * @description Kind of refusal; the page has words for each.
             * @enum {string}
             */
            why: "kind" | "zip" | "bomb" | "path" | "nested" | "mapping" | "place" | "county" | "nothing" | "crashed" | "hung" | "memory" | "unreadable" | "failed" | "";
            /** @description A worker has it in hand. */
            working: boolean;
        };
        UploadEvent: {
            /** @enum {string} */
            act: "begin" | "finish" | "check" | "checked" | "refuse" | "commit" | "committed" | "withdraw" | "expire";
            actor: string;
            /** Format: date-time */
            at: string;
            detail: string;
        };
        UploadsOutputBody: {
            /** @description Prefixes of the counties that this account hands in for. */
            counties: string[];
            items: components["schemas"]["Upload"][];
            /**
             * Format: int64
             * @description Of one upload.
             */
            max_bytes: number;
            /** @description Empty on the last page. */
            next_cursor: string;
        };
        Usage: {
            /** Format: int64 */
            amount_fen: number;
            county?: string;
            crop?: string;
            item?: string;
            judged: boolean;
            kind: string;
            /** Format: int64 */
            limit_fen: number;
            over: boolean;
            /** Format: double */
            share: number;
        };
        VectorLayer: {
            fields: {
                [key: string]: string;
            };
            id: string;
            /** Format: int64 */
            maxzoom: number;
            /** Format: int64 */
            minzoom: number;
        };
        Village: {
            /** Format: double */
            area_m2: number;
            bounds: [
                number,
                number,
                number,
                number
            ] | null;
            code: string;
            /** Format: int64 */
            households: number;
            /** Format: int64 */
            line_fen: number | null;
            /** @description As the registry calls it; empty where it has none. */
            name: string;
        };
        VillageDifference: {
            /** Format: int64 */
            after_fen: number;
            /** Format: int64 */
            before_fen: number;
            code: string;
            /**
             * Format: int64
             * @description Households with another line, new and gone ones included.
             */
            moved: number;
        };
        VillageFacts: {
            /** Format: double */
            area_ha: number;
            crop: string | null;
            /** Format: int64 */
            households: number;
            /** @description As the registry calls it. */
            name: string | null;
            /** Format: int64 */
            parcels: number;
        };
        WaysOutputBody: {
            /** @description Where a browser signs out of the provider; empty: nowhere. */
            leave: string;
            /** @description Name of the provider of identities; empty: there is none. */
            provider: string;
        };
        WhatIf: {
            assumed: components["schemas"]["Assumed"];
            /** @description Its reasons are empty where some are taken as settled. */
            decision: components["schemas"]["Decision"];
            /** @description Always true. */
            not_binding: boolean;
            /**
             * Format: int64
             * @description The line that is published.
             */
            now_fen: number;
            /**
             * Format: int64
             * @description Against it; below 0 where the line falls.
             */
            rise_fen: number;
        };
        WhatIfInputBody: {
            /**
             * Format: int64
             * @description Other debts due until the line is.
             */
            debt_due_fen?: number;
            /** @description Parcels given up. */
            drop?: string[];
            /** @description By parcel: its area, as if contract and geometry said so. */
            mu?: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Income from elsewhere until then.
             */
            off_farm_fen?: number;
            /** @description Reasons taken as settled, by code. */
            settled?: string[];
            /** Format: int64 */
            subsidy_fen?: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    ogcLanding: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LandingOutputBody"];
                };
            };
        };
    };
    ogcAPI: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A document of OpenAPI 3.0 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.oai.openapi+json;version=3.0": Record<string, never>;
                };
            };
        };
    };
    ogcCollections: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionsOutputBody"];
                };
            };
        };
    };
    ogcCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Kind, county and season with hyphens between: parcels or villages first. */
                collectionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OgcCollection"];
                };
            };
        };
    };
    ogcItems: {
        parameters: {
            query?: {
                /** @description Only parcels of which the crop model would not commit itself, or only others. */
                abstained?: boolean;
                /** @description West, south, east, north in degrees (CRS84); or with the lowest height after south and the highest after north, which select nothing. West is greater than east where the box crosses the antimeridian. */
                bbox?: number[] & (unknown | unknown);
                /** @description Only parcels, or villages, with this crop: a catalogue code. */
                crop?: string;
                /** @description As in the link next of the page before. */
                cursor?: string;
                /** @description A time (RFC 3339) or two with a slash between, one of which may be open (..). The time of a feature is the season of its collection. */
                datetime?: string;
                /** @description Features of a page at most; more than the maximum is the maximum. */
                limit?: number;
                /** @description Only parcels of the village with this code. */
                village?: string;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                /** @description Kind, county and season with hyphens between: parcels or villages first. */
                collectionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A GeoJSON FeatureCollection; the link next leads to the page after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": {
                        features: {
                            /** @description A MultiPolygon for a parcel, a Point for a village. */
                            geometry: Record<string, never>;
                            id: string;
                            links?: {
                                href: string;
                                rel: string;
                                title?: string;
                                type: string;
                            }[];
                            properties: components["schemas"]["ParcelFacts"] | components["schemas"]["VillageFacts"];
                            /** @enum {string} */
                            type: "Feature";
                        }[];
                        links: {
                            href: string;
                            rel: string;
                            title?: string;
                            type: string;
                        }[];
                        /** @description Where it is known: of all parcels of a publication, and of any villages. */
                        numberMatched?: number;
                        numberReturned: number;
                        /** @enum {string} */
                        type: "FeatureCollection";
                    };
                };
            };
            /** @description What was asked with is good */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ogcItem: {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                /** @description Kind, county and season with hyphens between: parcels or villages first. */
                collectionId: string;
                /** @description Code of a parcel or of a village. */
                featureId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A GeoJSON Feature */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": {
                        /** @description A MultiPolygon for a parcel, a Point for a village. */
                        geometry: Record<string, never>;
                        id: string;
                        links?: {
                            href: string;
                            rel: string;
                            title?: string;
                            type: string;
                        }[];
                        properties: components["schemas"]["ParcelFacts"] | components["schemas"]["VillageFacts"];
                        /** @enum {string} */
                        type: "Feature";
                    };
                };
            };
            /** @description What was asked with is good */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ogcConformance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConformanceOutputBody"];
                };
            };
        };
    };
    imageryTileJSON: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: "truecolour" | "vegetation";
                /** @description Id of a publication. */
                release: number;
                /** @description Id of a scene. */
                scene: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RasterJSON"];
                };
            };
        };
    };
    imageryTile: {
        parameters: {
            query?: {
                /** @description The scene's version; with it the answer is immutable. */
                v?: number;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                kind: "truecolour" | "vegetation";
                /** @description Id of a publication. */
                release: number;
                /** @description Id of a scene. */
                scene: string;
                x: number;
                y: number;
                z: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A tile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": unknown;
                    "image/png": unknown;
                };
            };
            /** @description The scene shows nothing here, or is not drawn yet */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The tile that was asked with is good */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    tileJSON: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                release: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TileJSON"];
                };
            };
        };
    };
    tile: {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of a publication. */
                release: number;
                x: number;
                /** @description Row and the ending .mvt. */
                y: string;
                z: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A vector tile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.mapbox-vector-tile": unknown;
                };
            };
            /** @description Nothing lies in the tile */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The tile that was asked with is good */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listAccounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountsOutputBody"];
                };
            };
        };
    };
    addAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddAccountInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordOutputBody"];
                };
            };
        };
    };
    changeAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeAccountInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountCard"];
                };
            };
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordOutputBody"];
                };
            };
        };
    };
    endSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listApplications: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                /** @description Only those of one household. */
                household?: string;
                limit?: number;
                /** @description Only those of its county and season. */
                publication?: number;
                /** @description live: all that are open; left out: all. */
                state?: "live" | "applied" | "decided" | "referred" | "approved" | "accepted" | "drawn" | "repaid" | "rejected" | "withdrawn";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationsOutputBody"];
                };
            };
        };
    };
    apply: {
        parameters: {
            query?: never;
            header: {
                /** @description Of this request alone, such as a UUID: sent again with it, the request is answered as it was the first time. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplyInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer"];
                };
            };
        };
    };
    application: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationCard"];
                };
            };
        };
    };
    applicationLetter: {
        parameters: {
            query?: {
                lang?: "zh" | "en";
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description PDF, A4 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": unknown;
                };
            };
        };
    };
    moveApplication: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveApplicationInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationCard"];
                };
            };
        };
    };
    audit: {
        parameters: {
            query?: {
                /** @description A part of the name. */
                actor?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                /** @description The first moment. */
                from?: string;
                household?: string;
                /** @description Left out: all. */
                kind?: "people" | "application" | "alert" | "run" | "policy" | "access";
                limit?: number;
                /** @description The moment after the last. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrailOutputBody"];
                };
            };
        };
    };
    auditTable: {
        parameters: {
            query?: {
                /** @description A part of the name. */
                actor?: string;
                /** @description The first moment. */
                from?: string;
                household?: string;
                /** @description Left out: all. */
                kind?: "people" | "application" | "alert" | "run" | "policy" | "access";
                /** @description The moment after the last. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description CSV with a header */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": unknown;
                };
            };
        };
    };
    backtest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backtest"];
                };
            };
        };
    };
    setConsent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsentInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listDisputes: {
        parameters: {
            query?: {
                /** @description Only those of one county. */
                county?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                /** @description Only those of one parcel. */
                parcel?: string;
                /** @description Only those of its county and season. */
                publication?: number;
                /** @description Left out: all. */
                state?: "open" | "accepted" | "rejected" | "withdrawn";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DisputesOutputBody"];
                };
            };
        };
    };
    dispute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DisputeCard"];
                };
            };
        };
    };
    moveDispute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveDisputeInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DisputeCard"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: {
                /** @description The same for whoever can't set the header. */
                after?: string;
                /** @description End when everything that is known has been told, for systems that ask now and then. */
                once?: boolean;
            };
            header?: {
                /** @description Of the last event that came with an id; the stream goes on behind it. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
    revealHousehold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevealInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevealOutputBody"];
                };
            };
        };
    };
    limits: {
        parameters: {
            query: {
                county: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitsOutputBody"];
                };
            };
        };
    };
    setLimit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetLimitInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitsOutputBody"];
                };
            };
        };
    };
    listPolicies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PoliciesOutputBody"];
                };
            };
        };
    };
    draftPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyDocument"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Card"];
                };
            };
        };
    };
    policy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Version, or the beginning of the document's digest. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Card"];
                };
            };
        };
    };
    approvePolicy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Version, or the beginning of the document's digest. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApproveInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Card"];
                };
            };
        };
    };
    backtestProgress: {
        parameters: {
            query: {
                county: string;
                season: string;
            };
            header?: never;
            path: {
                /** @description Version, or the beginning of the document's digest. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BacktestProgress"];
                };
            };
        };
    };
    startBacktest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Version, or the beginning of the document's digest. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartBacktestInputBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BacktestProgress"];
                };
            };
        };
    };
    policyDiff: {
        parameters: {
            query?: {
                /** @description Another policy, or default for the built-in one. */
                against?: string;
            };
            header?: never;
            path: {
                /** @description Version, or the beginning of the document's digest. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangesOutputBody"];
                };
            };
        };
    };
    rollbackPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Version, or the beginning of the document's digest. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RollbackInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Card"];
                };
            };
        };
    };
    activatePolicy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Version, or the beginning of the document's digest. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TermInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Card"];
                };
            };
        };
    };
    checkPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyDocument"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangesOutputBody"];
                };
            };
        };
    };
    policyFacts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FactsOutputBody"];
                };
            };
        };
    };
    listPublications: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicationListBody"];
                };
            };
        };
    };
    listAlerts: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                /** @description Only those of one parcel. */
                parcel?: string;
                /** @description live: all but closed; left out: all. */
                state?: "live" | "open" | "assigned" | "acknowledged" | "closed";
            };
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertsOutputBody"];
                };
            };
        };
    };
    alert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertCard"];
                };
            };
        };
    };
    moveAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveAlertInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertCard"];
                };
            };
        };
    };
    applicationsTable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description CSV with a header */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": unknown;
                };
            };
        };
    };
    countyBand: {
        parameters: {
            query?: {
                /** @description Catalogue code; without one, or where too few parcels grow it, the band is over all parcels. */
                crop?: string;
            };
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BandOutputBody"];
                };
            };
        };
    };
    difference: {
        parameters: {
            query: {
                /** @description Publication to compare with, of the same county. */
                before: number;
            };
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Difference"];
                };
            };
        };
    };
    listMovers: {
        parameters: {
            query: {
                /** @description Publication to compare with, of the same county. */
                before: number;
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                /** @description Left out: all that moved. */
                move?: "up" | "down" | "new" | "gone";
                /** @description Part of a household's id. */
                q?: string;
                village?: string;
            };
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MoversOutputBody"];
                };
            };
        };
    };
    propose: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProposeInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DisputeCard"];
                };
            };
        };
    };
    putInForce: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ForceInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForceOutputBody"];
                };
            };
        };
    };
    listHouseholds: {
        parameters: {
            query?: {
                crop?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                /** @description Only those that were, or were not, referred to an officer. */
                referred?: "true" | "false";
                /** @description line: largest first. */
                sort?: "id" | "line";
                village?: string;
            };
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HouseholdsOutputBody"];
                };
            };
        };
    };
    household: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HouseholdCard"];
                };
            };
        };
    };
    outlook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outlook"];
                };
            };
        };
    };
    whatIf: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhatIfInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhatIf"];
                };
            };
        };
    };
    listImagery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageryBody"];
                };
            };
        };
    };
    listMonitoring: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonitoringOutputBody"];
                };
            };
        };
    };
    parcel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ParcelCard"];
                };
            };
        };
    };
    outline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedOutline"];
                };
            };
        };
    };
    findPeople: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FindPeopleInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindPeopleOutputBody"];
                };
            };
        };
    };
    portfolio: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Result"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /** @description Of each kind. */
                limit?: number;
                /** @description Start of a village code, part of a household's id or masked name, part of a parcel code. */
                q: string;
            };
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchOutputBody"];
                };
            };
        };
    };
    summary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a publication. */
                publication: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Summary"];
                };
            };
        };
    };
    listRescores: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RescoresOutputBody"];
                };
            };
        };
    };
    askRescore: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskRescoreInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rescore"];
                };
            };
        };
    };
    rescore: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of an order. */
                rescore: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rescore"];
                };
            };
        };
    };
    moveRescore: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of an order. */
                rescore: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveRescoreInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rescore"];
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                /** @description Code, or the beginning of one. */
                county?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                /** @description Number of a run. */
                id?: number;
                limit?: number;
                season?: string;
                /** @description live: running and paused; left out: all. */
                state?: "live" | "running" | "paused" | "done" | "failed" | "cancelled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunsOutputBody"];
                };
            };
        };
    };
    run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of a run. */
                run: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunCard"];
                };
            };
        };
    };
    listRunItems: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                /** @description Part of an item's name. */
                q?: string;
                /** @description Left out: all. */
                state?: "failed" | "skipped" | "done" | "running" | "pending" | "cancelled";
            };
            header?: never;
            path: {
                /** @description Number of a run. */
                run: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunItemsOutputBody"];
                };
            };
        };
    };
    moveRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of a run. */
                run: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveRunInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MoveRunOutputBody"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionsOutputBody"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    beginSignOn: {
        parameters: {
            query?: {
                /** @description Path of the page to come back to. */
                back_to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description See Other */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    finishSignOn: {
        parameters: {
            query?: {
                code?: string;
                error?: string;
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description See Other */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    signInWays: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaysOutputBody"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokensOutputBody"];
                };
            };
        };
    };
    addToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddTokenInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddTokenOutputBody"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listUploads: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadsOutputBody"];
                };
            };
        };
    };
    createUpload: {
        parameters: {
            query?: never;
            header: {
                "Upload-Length": number;
                /** @description filename and county, each with its value in base64, separated by commas. */
                "Upload-Metadata"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    uploadOptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    upload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadCard"];
                };
            };
        };
    };
    withdrawUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    uploadOffset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    sendUpload: {
        parameters: {
            query?: never;
            header: {
                /** @description 1.0.0 */
                "Tus-Resumable": string;
                /** @description sha256 or sha1 and the digest of this body in base64; then at most 8 MiB come at once. */
                "Upload-Checksum"?: string;
                /** @description Bytes that have come. */
                "Upload-Offset": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/offset+octet-stream": string;
            };
        };
        responses: {
            /** @description Taken; Upload-Offset tells how many bytes have come */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    checkUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Choices"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadCard"];
                };
            };
        };
    };
    commitUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CommitUploadInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadCard"];
                };
            };
        };
    };
    uploadDefects: {
        parameters: {
            query?: {
                /** @description seq of the last one seen. */
                after?: number;
                /** @description Only those of one code. */
                code?: string;
                limit?: number;
                /** @description Part of a key. */
                q?: string;
                /** @description Only those of one severity. */
                severity?: "error" | "repaired" | "warning";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DefectsOutputBody"];
                };
            };
        };
    };
    uploadTable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Defects as a table */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv; charset=utf-8": unknown;
                };
            };
        };
    };
    uploadShapes: {
        parameters: {
            query?: {
                code?: string;
                /** @description At most so many; 0 or left out: all. */
                limit?: number;
                q?: string;
                severity?: "error" | "repaired" | "warning";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Defects that have a place, as GeoJSON */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": unknown;
                };
            };
        };
    };
    uploadReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole report */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
}
